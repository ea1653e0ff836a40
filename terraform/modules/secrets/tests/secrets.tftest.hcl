mock_provider "google" {}

variables {
  project = "nightjar-test"
  secrets = ["database", "on-call"]
  members = { load = "serviceAccount:toy-load@nightjar-test.iam.gserviceaccount.com" }
  grants  = { "load/secretAccessor/database" = { identity = "load", role = "roles/secretmanager.secretAccessor", target = "database", why = "It reads it." } }
}

run "secrets_without_values" {
  command = plan

  assert {
    condition     = [for secret in google_secret_manager_secret.this : secret.secret_id] == ["database", "on-call"] && output.names == { database = "database", "on-call" = "on-call" }
    error_message = "Each secret exists under its name."
  }

  assert {
    condition     = [for member in google_secret_manager_secret_iam_member.this : [member.secret_id, member.member]] == [["database", "serviceAccount:toy-load@nightjar-test.iam.gserviceaccount.com"]]
    error_message = "A secret is read by who is named, by a right on it alone."
  }
}

run "a_name_that_is_none_is_refused" {
  command = plan

  variables {
    secrets = ["a b"]
    grants  = {}
  }

  expect_failures = [var.secrets]
}
