output "jobs" {
  description = "Names of the jobs: of each step, and of the orchestrator."
  value       = module.pipeline.jobs
}

output "identities" {
  description = "Addresses of the service accounts, by who they are."
  value       = module.pipeline.identities
}

output "secrets" {
  description = "Secrets that jobs read, and the version of each: `//deploy:apply` wants them to have a value."
  value       = module.pipeline.secrets
}

output "schedule" {
  description = "When a run is due, and by when it has to have been seen."
  value       = module.pipeline.schedule
}

output "release" {
  description = "Where the deployed release lies."
  value       = module.pipeline.release
}

output "alerts" {
  description = "What is watched for."
  value       = module.pipeline.alerts
}

output "database" {
  description = "Where the database is, null for none."
  value       = module.pipeline.database
}

output "grants" {
  description = "Why each grant is needed, by its name; docs/iam.md is made of it."
  value       = module.pipeline.grants
}

output "place" {
  description = "Where this environment is."
  value = {
    environment     = var.environment
    project         = var.project
    region          = var.region
    repository      = var.repository
    state_bucket    = var.state_bucket
    releases_bucket = var.releases_bucket
  }
}
