output "address" {
  description = "Where images are pushed to."
  value       = "${var.location}-docker.pkg.dev/${var.project}/${google_artifact_registry_repository.this.repository_id}"
}

output "grants" {
  description = "Why each grant is needed, by its name."
  value       = { for name, grant in local._grants : name => grant.why }
}
