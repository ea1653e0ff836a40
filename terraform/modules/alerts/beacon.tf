# What tells a missing run by the clocks of its time zone: Monitoring knows neither zones nor days of 23 and 25 hours, and
# notices the absence of something for 23.5 hours at most. Cloud Scheduler knows them. So it writes an entry into the log
# when a run has to have been seen ("due"), and another every ten minutes ("pulse") by which it is noticed if Scheduler
# itself stands still. docs/terraform.md explains it.

locals {
  _beacons = merge(
    { pulse = "*/10 * * * *" },
    var.schedule.due_cron == null ? {} : { due = var.schedule.due_cron },
  )
  _log    = "projects/${var.project}/logs/${var.name}-beacon"
  _metric = "${replace(var.name, "-", "_")}_beacon"
}

resource "google_cloud_scheduler_job" "beacon" {
  for_each = local._beacons

  project          = var.project
  region           = var.scheduler_region
  name             = "${var.name}-${each.key}"
  description      = each.key == "due" ? "Marks the time by which a run of ${var.name} has to have been seen." : "Shows that Cloud Scheduler is alive."
  schedule         = each.value
  time_zone        = var.schedule.time_zone
  paused           = var.paused
  attempt_deadline = "60s"

  retry_config {
    retry_count          = 3
    min_backoff_duration = "5s"
    max_backoff_duration = "60s"
    max_doublings        = 5
    max_retry_duration   = "300s"
  }

  http_target {
    http_method = "POST"
    uri         = "https://logging.googleapis.com/v2/entries:write"
    headers     = { "Content-Type" = "application/json" }
    body = base64encode(jsonencode({
      logName  = local._log
      resource = { type = "global", labels = { project_id = var.project } }
      entries  = [{ severity = "INFO", jsonPayload = { beacon = each.key, pipeline = var.name } }]
    }))

    oauth_token {
      service_account_email = var.beacon_email
      scope                 = "https://www.googleapis.com/auth/cloud-platform"
    }
  }
}

resource "google_logging_metric" "beacon" {
  project     = var.project
  name        = local._metric
  description = "Marks of the time that Cloud Scheduler writes, by what they mark."
  filter      = "logName=\"${local._log}\" AND resource.type=\"global\""

  metric_descriptor {
    metric_kind = "DELTA"
    value_type  = "INT64"
    unit        = "1"
    labels {
      key        = "beacon"
      value_type = "STRING"
    }
  }

  label_extractors = { beacon = "EXTRACT(jsonPayload.beacon)" }
}
