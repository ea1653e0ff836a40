output "pipeline" {
  description = "Name and description of the pipeline."
  value       = { name = local._pipeline.name, description = local._pipeline.description }
}

output "steps" {
  description = "The job of each step, by the step's name."
  value       = local.steps
}

output "orchestrator" {
  description = "The orchestrator's job."
  value       = local.orchestrator
}

output "identities" {
  description = "Service accounts, by who they are: a step, orchestrator, scheduler, beacon."
  value       = local.identities
}

output "secrets" {
  description = "Names of the secrets that jobs read."
  value       = toset(keys(local.secret_versions))
}

output "secret_versions" {
  description = "Version of each secret that jobs read."
  value       = local.secret_versions
}

output "logins" {
  description = "Whose identities may log in to the database: jobs that read an address of it."
  value       = toset([for job, private in local._private : job if private])
}

output "grants" {
  description = "Who may do what on jobs, secrets, buckets, the project and identities, and why."
  value       = local.grants
}

output "schedule" {
  description = "When a run is due, and when it has to have been seen; `due_cron` is null where that is no time of the day."
  value       = local.schedule
}

output "freshness" {
  description = "Job of each step that promises a freshness, and how old, in seconds, what it makes may become."
  value       = local.freshness
}

output "release" {
  description = "Where the release lies that the orchestrator reads."
  value       = { bucket = var.buckets.releases, name = local._release_name }
}
