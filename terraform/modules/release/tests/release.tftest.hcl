mock_provider "google" {}

variables {
  bucket  = "nightjar-test-releases"
  name    = "deployed/toy/0123-4567.json"
  content = "{}"
}

run "the_release_lies_where_the_orchestrator_reads_it" {
  command = plan

  assert {
    condition     = output.url == "gs://nightjar-test-releases/deployed/toy/0123-4567.json"
    error_message = "The address is bucket and name."
  }

  assert {
    condition     = google_storage_bucket_object.this.deletion_policy == "ABANDON" && google_storage_bucket_object.this.content_type == "application/json"
    error_message = "A former release stays for executions that read it."
  }
}
