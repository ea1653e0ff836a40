mock_provider "google" {}

variables {
  project   = "nightjar-test"
  region    = "us-east4"
  name      = "toy"
  cron      = "1 0 * * *"
  time_zone = "America/New_York"
  paused    = false
  job       = { name = "toy-orchestrator", region = "us-east1" }
  email     = "toy-scheduler@nightjar-test.iam.gserviceaccount.com"
}

run "one_minute_past_midnight_on_new_yorks_clocks" {
  command = plan

  assert {
    condition     = google_cloud_scheduler_job.this.schedule == "1 0 * * *" && google_cloud_scheduler_job.this.time_zone == "America/New_York" && !google_cloud_scheduler_job.this.paused
    error_message = "The schedule is the pipeline's, in its zone."
  }

  assert {
    condition     = google_cloud_scheduler_job.this.http_target[0].uri == "https://run.googleapis.com/v2/projects/nightjar-test/locations/us-east1/jobs/toy-orchestrator:run" && google_cloud_scheduler_job.this.http_target[0].http_method == "POST"
    error_message = "It runs the orchestrator's job, where that is."
  }

  assert {
    condition     = google_cloud_scheduler_job.this.http_target[0].oauth_token[0].service_account_email == "toy-scheduler@nightjar-test.iam.gserviceaccount.com" && length(google_cloud_scheduler_job.this.http_target[0].oidc_token) == 0
    error_message = "It calls as an identity of its own, by the token that Google's APIs take."
  }

  assert {
    condition     = google_cloud_scheduler_job.this.retry_config[0].retry_count == 5 && google_cloud_scheduler_job.this.http_target[0].body == null
    error_message = "A trigger that fails is tried again; no body changes arguments."
  }
}

run "a_cron_that_is_none_is_refused" {
  command = plan

  variables {
    cron = "midnight"
  }

  expect_failures = [var.cron]
}
