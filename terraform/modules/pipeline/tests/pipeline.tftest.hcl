# Put together, with a toy release and without a database, then with everything.

mock_provider "google" {
  override_during = plan
  mock_resource "google_monitoring_notification_channel" {
    defaults = { id = "projects/nightjar-test/notificationChannels/1" }
  }
}

variables {
  release_file    = "../../testdata/release.json"
  project         = "nightjar-test"
  region          = "us-east4"
  events_bucket   = "nightjar-test-events"
  data_bucket     = "nightjar-test-data"
  releases_bucket = "nightjar-test-releases"
}

run "the_least" {
  command = plan

  assert {
    condition     = output.jobs == { fetch = "toy-fetch", load_all = "toy-load-all", show = "toy-show", orchestrator = "toy-orchestrator" }
    error_message = "A job for each step and one for the orchestrator."
  }

  assert {
    condition     = keys(output.identities) == ["beacon", "fetch", "load_all", "orchestrator", "scheduler", "show"]
    error_message = "An identity for each job, and for what Scheduler calls."
  }

  assert {
    condition     = output.secrets == { database = "latest", "on-call" = "latest" } && output.database == null
    error_message = "The secrets that jobs name; no database where none is wanted."
  }

  assert {
    condition     = output.schedule.cron == "1 0 * * *" && output.schedule.time_zone == "America/New_York"
    error_message = "The schedule of the release."
  }

  assert {
    condition     = output.release == "gs://nightjar-test-releases/deployed/toy/0123456789abcdef0123456789abcdef01234567-${substr(filesha256("../../testdata/release.json"), 0, 12)}.json"
    error_message = "The release lies where its content says."
  }

  assert {
    condition     = length(output.alerts) == 6 && length(module.dashboard) == 0 && length(module.budget) == 0
    error_message = "All alerts; no dashboard and no budget where none is wanted."
  }

  assert {
    condition     = alltrue([for why in values(output.grants) : length(why) > 10]) && length(output.grants) == 15
    error_message = "Each right says why it is needed."
  }
}

run "everything" {
  command = plan

  variables {
    database  = { secrets = ["database"] }
    dashboard = true
    budget    = { billing_account = "012345-6789AB-CDEF01", project_number = 123456789, units = 20 }
    alerts    = { emails = { team = "team@example.com" } }
    deployers = { ci = "serviceAccount:ci-apply@nightjar-test.iam.gserviceaccount.com" }
    schedule  = { paused = true, region = "us-east1" }
  }

  assert {
    condition     = output.database.name == "toy" && length(module.dashboard) == 1 && length(module.budget) == 1
    error_message = "What is wanted is there."
  }

  assert {
    condition     = length(output.grants) == 23
    error_message = "Two more rights for who uses the database, six for who deploys."
  }
}

run "a_release_a_project_and_a_region_that_are_none_are_refused" {
  command = plan

  variables {
    release_file = "../../testdata/nothing.json"
    project      = "Nightjar"
    region       = "Virginia"
  }

  expect_failures = [var.release_file, var.project, var.region]
}
