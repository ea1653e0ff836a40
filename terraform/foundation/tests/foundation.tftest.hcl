mock_provider "google" {
  override_during = plan
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/123456789/locations/global/workloadIdentityPools/nightjar-ci" }
  }
  mock_resource "google_iam_workload_identity_pool_provider" {
    defaults = { name = "projects/123456789/locations/global/workloadIdentityPools/nightjar-ci/providers/github" }
  }
}

variables {
  project         = "nightjar-test"
  region          = "us-east4"
  repository      = "us-east4-docker.pkg.dev/nightjar-test/nightjar"
  state_bucket    = "nightjar-test-terraform"
  releases_bucket = "nightjar-test-releases"
}

run "without_ci" {
  command = plan

  assert {
    condition     = output.repository == "us-east4-docker.pkg.dev/nightjar-test/nightjar" && output.releases_bucket == "nightjar-test-releases" && output.ci == null
    error_message = "Repository and bucket are there, and CI's identities only where they are wanted."
  }

  assert {
    condition     = length(output.roles) == 7
    error_message = "All our roles are there."
  }
}

run "with_ci" {
  command = plan

  variables {
    ci = { owner_id = "1", repository_id = "2" }
  }

  assert {
    condition     = output.ci.emails == { apply = "ci-apply@nightjar-test.iam.gserviceaccount.com", plan = "ci-plan@nightjar-test.iam.gserviceaccount.com" } && endswith(output.ci.provider, "/providers/github")
    error_message = "CI's login wants the provider and the two identities."
  }

  assert {
    condition     = contains(keys(output.grants), "ci-apply/writer/nightjar") && contains(keys(output.grants), "ci-plan/reader/nightjar")
    error_message = "CI pushes, and looks whether images are there."
  }
}

run "the_repository_of_another_environment" {
  command = plan

  variables {
    repository = "us-east4-docker.pkg.dev/nightjar-elsewhere/nightjar"
  }

  assert {
    condition     = output.repository == null
    error_message = "A repository is made in its own project."
  }
}
