# The call returns when the execution exists, so its retries cover a trigger that failed, never a run that did.
# A trigger that comes twice does no harm: the orchestrator sees that the day is driven, or done.
resource "google_cloud_scheduler_job" "this" {
  project          = var.project
  region           = var.region
  name             = var.name
  description      = "Triggers a run of ${var.name}."
  schedule         = var.cron
  time_zone        = var.time_zone
  paused           = var.paused
  attempt_deadline = "180s"

  retry_config {
    retry_count          = 5
    min_backoff_duration = "30s"
    max_backoff_duration = "600s"
    max_doublings        = 5
    max_retry_duration   = "3600s"
  }

  http_target {
    http_method = "POST"
    uri         = "https://run.googleapis.com/v2/projects/${var.project}/locations/${var.job.region}/jobs/${var.job.name}:run"

    oauth_token {
      service_account_email = var.email
      scope                 = "https://www.googleapis.com/auth/cloud-platform"
    }
  }
}
