mock_provider "google" {}

variables {
  project = "nightjar-test"
  name    = "toy"
  jobs    = ["toy-load", "toy-orchestrator"]
}

run "a_dashboard_of_the_jobs" {
  command = plan

  assert {
    condition     = length(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles) == 4
    error_message = "There are four charts."
  }

  assert {
    condition     = strcontains(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles[0].widget.xyChart.dataSets[0].timeSeriesQuery.timeSeriesFilter.filter, "one_of(\"toy-load\",\"toy-orchestrator\")")
    error_message = "They show these jobs."
  }

  assert {
    condition     = !can(jsondecode(google_monitoring_dashboard.this.dashboard_json).mosaicLayout.tiles[0].xPos)
    error_message = "A position of 0 is left out, as Google leaves it out."
  }
}
