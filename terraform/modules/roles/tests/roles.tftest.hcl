mock_provider "google" {}

variables {
  project = "nightjar-test"
}

run "roles_hold_what_is_needed_and_no_more" {
  command = plan

  assert {
    condition     = google_project_iam_custom_role.this["trigger"].permissions == toset(["run.jobs.run"])
    error_message = "Who triggers may change neither arguments nor variables."
  }

  assert {
    condition     = google_project_iam_custom_role.this["publisher"].permissions == toset(["storage.objects.create"])
    error_message = "Who publishes may neither overwrite nor delete."
  }

  assert {
    condition     = !anytrue([for permission in google_project_iam_custom_role.this["runner"].permissions : endswith(permission, ".update") || endswith(permission, ".delete") || endswith(permission, "IamPolicy")])
    error_message = "Who runs a job may not change it."
  }

  assert {
    condition     = output.names["runner"] == "projects/nightjar-test/roles/nightjar_runner"
    error_message = "The name is known before the role exists."
  }
}
