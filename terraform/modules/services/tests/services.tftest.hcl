mock_provider "google" {}

variables {
  project  = "nightjar-test"
  services = ["run.googleapis.com"]
}

run "apis_stay_on" {
  command = plan

  assert {
    condition     = !google_project_service.this["run.googleapis.com"].disable_on_destroy
    error_message = "An API is not switched off with what used it first."
  }
}
