mock_provider "google" {
  override_during = plan
  mock_resource "google_monitoring_notification_channel" {
    defaults = { id = "projects/nightjar-test/notificationChannels/1" }
  }
}

variables {
  project          = "nightjar-test"
  region           = "us-east4"
  scheduler_region = "us-east4"
  name             = "toy"
  orchestrator     = "toy-orchestrator"
  schedule         = { time_zone = "America/New_York", due_cron = "50 0 * * *", due_minutes = 49 }
  paused           = false
  beacon_email     = "toy-beacon@nightjar-test.iam.gserviceaccount.com"
  freshness        = { show = { job = "toy-show", seconds = 129600 }, hourly = { job = "toy-hourly", seconds = 3600 } }
  emails           = { team = "team@example.com" }
  channels         = ["projects/nightjar-test/notificationChannels/2"]
}

run "who_is_told_of_what" {
  command = plan

  assert {
    condition     = google_monitoring_notification_channel.this["team"].labels == tomap({ email_address = "team@example.com" })
    error_message = "Mail goes to the address."
  }

  assert {
    condition = alltrue([
      for policy in concat(
        [google_monitoring_alert_policy.failed, google_monitoring_alert_policy.silent, google_monitoring_alert_policy.scheduler, google_monitoring_alert_policy.errors],
        values(google_monitoring_alert_policy.missing),
        values(google_monitoring_alert_policy.stale),
      ) : policy.notification_channels == tolist(["projects/nightjar-test/notificationChannels/1", "projects/nightjar-test/notificationChannels/2"])
    ])
    error_message = "Each alert goes to all channels."
  }

  assert {
    condition     = length(output.policies) == 7
    error_message = "Failed, missing, silent, errors of Scheduler and of the orchestrator, and two that are stale."
  }

  assert {
    condition     = google_cloud_scheduler_job.beacon["due"].schedule == "50 0 * * *" && google_cloud_scheduler_job.beacon["due"].time_zone == "America/New_York"
    error_message = "The mark is written at 00:50 of the pipeline's zone, whatever the season."
  }

  assert {
    condition     = jsondecode(base64decode(google_cloud_scheduler_job.beacon["due"].http_target[0].body)).entries[0].jsonPayload.beacon == "due" && google_cloud_scheduler_job.beacon["due"].http_target[0].uri == "https://logging.googleapis.com/v2/entries:write"
    error_message = "Scheduler writes an entry into the log."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.missing["due"].conditions[0].condition_prometheus_query_language[0].query, "job_name=\"toy-orchestrator\"}[54m]") && strcontains(google_monitoring_alert_policy.missing["due"].conditions[0].condition_prometheus_query_language[0].query, "user_toy_beacon")
    error_message = "An execution since the run was due keeps the alert away."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.silent.conditions[0].condition_prometheus_query_language[0].query, "[20m])") && google_monitoring_alert_policy.silent.conditions[0].condition_prometheus_query_language[0].duration == "900s"
    error_message = "Two marks in a row are missed, for longer than a new environment waits for its first."
  }

  assert {
    condition     = strcontains(google_logging_metric.beacon.filter, "projects/nightjar-test/logs/toy-beacon")
    error_message = "The marks are counted."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.stale["show"].conditions[0].condition_prometheus_query_language[0].query, "[90000s]") && google_monitoring_alert_policy.stale["show"].conditions[0].condition_prometheus_query_language[0].duration == "39600s"
    error_message = "36 hours are 25 that are looked back and 11 for which that holds."
  }

  assert {
    condition     = strcontains(google_monitoring_alert_policy.stale["hourly"].conditions[0].condition_prometheus_query_language[0].query, "[3600s]") && google_monitoring_alert_policy.stale["hourly"].conditions[0].condition_prometheus_query_language[0].duration == "0s"
    error_message = "A short time is looked back."
  }
}

run "nothing_is_missing_where_nothing_is_due" {
  command = plan

  variables {
    schedule = { time_zone = "Etc/UTC", due_minutes = 49 }
  }

  assert {
    condition     = length(google_monitoring_alert_policy.missing) == 0 && keys(google_cloud_scheduler_job.beacon) == ["pulse"]
    error_message = "Without a time of the day there is no alert of a missing run."
  }
}

run "what_is_paused_is_not_missed" {
  command = plan

  variables {
    paused = true
  }

  assert {
    condition     = google_cloud_scheduler_job.beacon["due"].paused && !google_monitoring_alert_policy.silent.enabled && !google_monitoring_alert_policy.stale["show"].enabled
    error_message = "Where nothing is triggered nobody is told that nothing runs."
  }
}

run "an_address_and_a_channel_that_are_none_are_refused" {
  command = plan

  variables {
    emails   = { team = "team" }
    channels = ["#alerts"]
  }

  expect_failures = [var.emails, var.channels]
}
