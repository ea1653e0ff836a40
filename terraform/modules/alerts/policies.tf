# What a dead orchestrator cannot tell. What it can tell it does: docs/alerts.md.

locals {
  _executions = "monitored_resource=\"cloud_run_job\",location=\"${var.region}\""
  _completed  = "run_googleapis_com:job_completed_execution_count"
  _running    = "run_googleapis_com:job_running_executions"
  _marks      = "logging_googleapis_com:user_${local._metric}"
  _window     = "${var.schedule.due_minutes + 5}m"

  # Monitoring looks back 25 hours at most; the rest of a longer time is how long the condition has to hold.
  _lookback = 90000
  _fresh = {
    for step, each in var.freshness : step => merge(each, {
      window = min(each.seconds, local._lookback)
      hold   = min(ceil(max(each.seconds - local._lookback, 0) / 60) * 60, 84600)
    })
  }
}

resource "google_monitoring_alert_policy" "failed" {
  project               = var.project
  display_name          = "${var.name}: a run failed"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local._channels

  conditions {
    display_name = "An execution of ${var.orchestrator} failed"

    condition_threshold {
      filter          = "metric.type=\"run.googleapis.com/job/completed_execution_count\" AND resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${var.orchestrator}\" AND resource.labels.location=\"${var.region}\" AND metric.labels.result=\"failed\""
      comparison      = "COMPARISON_GT"
      threshold_value = 0
      duration        = "0s"

      aggregations {
        alignment_period   = "60s"
        per_series_aligner = "ALIGN_DELTA"
      }

      trigger {
        count = 1
      }
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject = "${var.name}: a run failed"
    content = "The orchestrator's execution ended as failed, after its retries. `nightjar --env ENV status` says what of it, `nightjar --env ENV retry` does it again; docs/runbook.md has the rest."
  }
}

resource "google_monitoring_alert_policy" "missing" {
  for_each = var.schedule.due_cron == null ? {} : { due = var.schedule.due_cron }

  project               = var.project
  display_name          = "${var.name}: no run today"
  combiner              = "OR"
  severity              = "CRITICAL"
  notification_channels = local._channels

  conditions {
    display_name = "${var.schedule.due_minutes} minutes after its time no execution of ${var.orchestrator} was seen"

    condition_prometheus_query_language {
      query               = <<-QUERY
        sum(increase(${local._marks}{monitored_resource="global",beacon="due"}[10m])) > 0
        unless on()
        (
          sum(increase(${local._completed}{${local._executions},job_name="${var.orchestrator}"}[${local._window}])) > 0
          or on()
          sum(max_over_time(${local._running}{${local._executions},job_name="${var.orchestrator}"}[${local._window}])) > 0
        )
      QUERY
      duration            = "0s"
      evaluation_interval = "60s"
      # The metric exists only when its first mark was written.
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject = "${var.name}: no run today"
    content = "Nothing triggered the run. Look at the schedule `${var.name}` of Cloud Scheduler (paused? its last status?) and trigger it by hand: a run that is late computes the same day, and `catch_up` of pipeline.yaml says whether the next one runs what was missed."
  }

  depends_on = [google_logging_metric.beacon]
}

resource "google_monitoring_alert_policy" "silent" {
  project               = var.project
  display_name          = "${var.name}: Cloud Scheduler stands still"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local._channels
  # What is paused on purpose is no news.
  enabled = !var.paused

  conditions {
    display_name = "No mark of the time for half an hour"

    condition_prometheus_query_language {
      # A new environment has its first mark after ten minutes and what Monitoring takes to count it: 15 minutes of
      # absence are no alarm yet, or each first apply would raise one.
      query                     = "absent_over_time(${local._marks}{monitored_resource=\"global\",beacon=\"pulse\"}[20m])"
      duration                  = "900s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "86400s"
  }

  documentation {
    subject = "${var.name}: Cloud Scheduler stands still"
    content = "Cloud Scheduler has written no mark for half an hour: whoever is silent now will not trigger the next run either. Look at the schedule `${var.name}-pulse`: paused, removed, or refused?"
  }

  depends_on = [google_logging_metric.beacon]
}

resource "google_monitoring_alert_policy" "stale" {
  for_each = local._fresh

  project               = var.project
  display_name          = "${var.name}: ${each.key} is stale"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local._channels
  enabled               = !var.paused

  conditions {
    display_name = "${each.value.job} did not succeed for ${format("%.1f", (each.value.window + each.value.hold) / 3600)} h"

    condition_prometheus_query_language {
      query                     = "(sum(increase(${local._completed}{${local._executions},job_name=\"${each.value.job}\",result=\"succeeded\"}[${each.value.window}s])) or vector(0)) < 1"
      duration                  = "${each.value.hold}s"
      evaluation_interval       = "60s"
      disable_metric_validation = true
    }
  }

  alert_strategy {
    auto_close = "604800s"
  }

  documentation {
    subject = "${var.name}: ${each.key} is stale"
    content = "What the step ${each.key} makes is older than the pipeline promises. `nightjar --env ENV status` says which run is missing or failed."
  }
}

resource "google_monitoring_alert_policy" "scheduler" {
  project               = var.project
  display_name          = "${var.name}: Cloud Scheduler reports an error"
  combiner              = "OR"
  severity              = "ERROR"
  notification_channels = local._channels

  conditions {
    display_name = "A trigger failed"

    condition_matched_log {
      filter = "resource.type=\"cloud_scheduler_job\" AND resource.labels.job_id=~\"^${var.name}(-due|-pulse)?$\" AND severity>=ERROR"
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "3600s"
    }
  }

  documentation {
    subject = "${var.name}: Cloud Scheduler reports an error"
    content = "A call of Cloud Scheduler was refused or not answered; it is tried again for an hour. Code 7 is a missing permission: docs/iam.md says who needs which."
  }
}

resource "google_monitoring_alert_policy" "errors" {
  project               = var.project
  display_name          = "${var.name}: the orchestrator reports an error"
  combiner              = "OR"
  severity              = "WARNING"
  notification_channels = local._channels

  conditions {
    display_name = "A line of severity ERROR"

    condition_matched_log {
      filter           = "resource.type=\"cloud_run_job\" AND resource.labels.job_name=\"${var.orchestrator}\" AND severity>=ERROR AND jsonPayload.message:*"
      label_extractors = { message = "EXTRACT(jsonPayload.message)" }
    }
  }

  alert_strategy {
    auto_close = "86400s"

    notification_rate_limit {
      period = "900s"
    }
  }

  documentation {
    subject = "${var.name}: the orchestrator reports an error"
    content = "$${log.extracted_label.message}"
  }
}
