mock_provider "google" {}

variables {
  project  = "nightjar-test"
  location = "us-east4"
  name     = "nightjar"
  readers  = { prod = "serviceAccount:service-1@serverless-robot-prod.iam.gserviceaccount.com" }
  writers  = { ci = "serviceAccount:ci-apply@nightjar-test.iam.gserviceaccount.com" }
}

run "a_repository_that_keeps_what_is_deployed" {
  command = plan

  assert {
    condition     = google_artifact_registry_repository.this.format == "DOCKER" && google_artifact_registry_repository.this.docker_config[0].immutable_tags
    error_message = "A tag never moves."
  }

  assert {
    condition     = { for policy in google_artifact_registry_repository.this.cleanup_policies : policy.id => policy.action } == { "keep-recent" = "KEEP", "keep-tagged" = "KEEP", "delete-old" = "DELETE" }
    error_message = "Recent versions and tagged ones stay, old ones go."
  }

  assert {
    condition     = output.address == "us-east4-docker.pkg.dev/nightjar-test/nightjar"
    error_message = "Images are pushed to this address."
  }

  assert {
    condition     = google_artifact_registry_repository_iam_member.this["prod/reader/nightjar"].role == "roles/artifactregistry.reader" && google_artifact_registry_repository_iam_member.this["ci/writer/nightjar"].role == "roles/artifactregistry.writer"
    error_message = "Others read, CI writes."
  }
}

run "keeping_too_little_is_refused" {
  command = plan

  variables {
    keep = { versions = 1 }
  }

  expect_failures = [var.keep]
}
