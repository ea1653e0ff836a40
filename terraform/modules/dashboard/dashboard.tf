locals {
  _jobs = "resource.type=\"cloud_run_job\" resource.label.job_name=one_of(${join(",", [for job in sort(var.jobs) : jsonencode(job)])})"
  _charts = [
    { title = "Executions that ended", metric = "run.googleapis.com/job/completed_execution_count", aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", group = ["resource.label.job_name", "metric.label.result"] },
    { title = "Executions that run", metric = "run.googleapis.com/job/running_executions", aligner = "ALIGN_MAX", reducer = "REDUCE_SUM", group = ["resource.label.job_name"] },
    { title = "Attempts of tasks that ended", metric = "run.googleapis.com/job/completed_task_attempt_count", aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", group = ["resource.label.job_name", "metric.label.result"] },
    { title = "Seconds that are billed", metric = "run.googleapis.com/container/billable_instance_time", aligner = "ALIGN_DELTA", reducer = "REDUCE_SUM", group = ["resource.label.job_name"] },
  ]
}

resource "google_monitoring_dashboard" "this" {
  project = var.project
  dashboard_json = jsonencode({
    displayName = "nightjar: ${var.name}"
    mosaicLayout = {
      columns = 48
      tiles = [
        # Google leaves a position of 0 out of what it answers, so it is left out here as well.
        for index, chart in local._charts : merge(index % 2 == 0 ? {} : { xPos = 24 }, index < 2 ? {} : { yPos = floor(index / 2) * 16 }, {
          width                                                                = 24
          height                                                               = 16
          widget = {
            title = chart.title
            xyChart = {
              dataSets = [{
                plotType   = "STACKED_BAR"
                targetAxis = "Y1"
                timeSeriesQuery = {
                  timeSeriesFilter = {
                    filter = "metric.type=\"${chart.metric}\" ${local._jobs}"
                    aggregation = {
                      alignmentPeriod    = "300s"
                      perSeriesAligner   = chart.aligner
                      crossSeriesReducer = chart.reducer
                      groupByFields      = chart.group
                    }
                  }
                }
              }]
            }
          }
        })
      ]
    }
  })
}
