output "repository" {
  description = "Where images are pushed to; null where another environment has the repository."
  value       = one(module.registry[*].address)
}

output "releases_bucket" {
  description = "Bucket of releases."
  value       = module.releases.names[0]
}

output "roles" {
  description = "Full names of our own roles."
  value       = module.roles.names
}

output "ci" {
  description = "How CI logs in: the provider, and the identities that plan and apply; null for none."
  value       = var.ci == null ? null : { provider = module.ci[0].provider, emails = module.ci[0].emails }
}

output "grants" {
  description = "Why each grant is needed, by its name; docs/iam.md is made of it."
  value       = merge(concat(module.ci[*].grants, module.registry[*].grants)...)
}
