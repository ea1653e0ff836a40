mock_provider "google" {}

variables {
  project  = "nightjar-test"
  region   = "us-east4"
  name     = "toy-pipeline"
  settings = {}
  users    = { load = "toy-load@nightjar-test.iam.gserviceaccount.com" }
}

run "the_database_is_private_and_kept" {
  command = plan

  assert {
    condition     = !google_sql_database_instance.this.settings[0].ip_configuration[0].ipv4_enabled && google_sql_database_instance.this.settings[0].ip_configuration[0].ssl_mode == "ENCRYPTED_ONLY"
    error_message = "It has a private address only, and takes no plain text."
  }

  assert {
    condition     = google_sql_database_instance.this.settings[0].backup_configuration[0].enabled && google_sql_database_instance.this.settings[0].backup_configuration[0].point_in_time_recovery_enabled
    error_message = "It is backed up, to any point in time."
  }

  assert {
    condition     = google_sql_database_instance.this.deletion_protection && google_sql_database_instance.this.settings[0].deletion_protection_enabled
    error_message = "It is protected against deletion, here and there."
  }

  assert {
    condition     = google_sql_database_instance.this.settings[0].edition == "ENTERPRISE" && google_sql_database.this.name == "toy_pipeline"
    error_message = "The edition is the one in which small machines exist."
  }

  assert {
    condition     = google_sql_user.this["load"].name == "toy-load@nightjar-test.iam" && google_sql_user.this["load"].type == "CLOUD_IAM_SERVICE_ACCOUNT" && google_sql_user.this["load"].password == null
    error_message = "A job logs in by its identity; no password is in any state."
  }

  assert {
    condition     = output.network == { network = "toy-pipeline", subnetwork = "toy-pipeline-jobs" }
    error_message = "Jobs get the network by name."
  }
}

run "a_range_that_is_too_small_is_refused" {
  command = plan

  variables {
    settings = { range = "10.8.0.0/28" }
  }

  expect_failures = [var.settings]
}
