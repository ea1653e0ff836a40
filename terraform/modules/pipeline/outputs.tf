output "jobs" {
  description = "Names of the jobs: of each step, and of the orchestrator."
  value       = merge(module.steps.names, module.orchestrator.names)
}

output "identities" {
  description = "Addresses of the service accounts, by who they are."
  value       = module.identities.emails
}

output "secrets" {
  description = "Secrets that jobs read, and the version of each: `//deploy:apply` wants them to have a value."
  value       = module.catalog.secret_versions
}

output "schedule" {
  description = "When a run is due, and by when it has to have been seen."
  value       = module.catalog.schedule
}

output "release" {
  description = "Where the deployed release lies."
  value       = module.release.url
}

output "alerts" {
  description = "What is watched for."
  value       = module.alerts.policies
}

output "database" {
  description = "Where the database is, null for none."
  value       = one(module.database[*].database)
}

output "grants" {
  description = "Why each grant is needed, by its name; docs/iam.md is made of it."
  value       = { for name, grant in merge(values(module.catalog.grants)...) : name => grant.why }
}
