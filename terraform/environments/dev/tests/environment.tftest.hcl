# The environment with its own values and a toy release: what of the values reaches Google.

mock_provider "google" {
  override_during = plan
  mock_resource "google_monitoring_notification_channel" {
    defaults = { id = "projects/nightjar-test/notificationChannels/1" }
  }
}

variables {
  release_file   = "../../testdata/release.json"
  env            = {}
  muted_webhooks = ["on-call"]
}

run "the_values_are_sound" {
  command = plan

  assert {
    condition     = output.place.project == var.project && output.place.environment == basename(abspath(path.root))
    error_message = "The environment is called as its folder."
  }

  assert {
    condition     = length(output.jobs) == 4 && output.secrets == { database = "latest" }
    error_message = "Jobs are those of the release; a muted webhook wants no secret."
  }

  assert {
    condition     = length(distinct([var.state_bucket, var.releases_bucket, var.events_bucket, var.data_bucket])) == 4
    error_message = "Two of the buckets are one."
  }
}

run "ci_may_act_as_the_jobs_identities" {
  command = plan

  variables {
    ci = { owner_id = "1", repository_id = "2" }
  }

  assert {
    condition     = length([for name in keys(output.grants) : name if startswith(name, "ci/serviceAccountUser/")]) == 6
    error_message = "Whoever deploys needs the right to act as each identity."
  }
}

run "no_name_and_a_repository_that_is_none_are_refused" {
  command = plan

  variables {
    environment = ""
    repository  = "nightjar"
  }

  expect_failures = [var.environment, var.repository]
}
