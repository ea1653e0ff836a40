mock_provider "google" {
  override_during = plan
  mock_resource "google_iam_workload_identity_pool" {
    defaults = { name = "projects/123456789/locations/global/workloadIdentityPools/nightjar-ci" }
  }
}

variables {
  project         = "nightjar-test"
  settings        = { owner_id = "11", repository_id = "22", environment = "prod" }
  state_bucket    = "nightjar-test-terraform"
  releases_bucket = "nightjar-test-releases"
}

run "ci_is_one_repository_and_one_branch" {
  command = plan

  assert {
    condition     = google_iam_workload_identity_pool_provider.this.attribute_condition == "assertion.repository_owner_id == '11' && assertion.repository_id == '22'"
    error_message = "No other repository's token is exchanged, also of nobody who takes over a name."
  }

  assert {
    condition     = google_service_account_iam_member.this["ci/workloadIdentityUser/ci-apply"].member == "principalSet://iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/nightjar-ci/attribute.deployment/22:refs/heads/main:prod"
    error_message = "What is applied comes from the branch, and from the environment that asks for approval."
  }

  assert {
    condition     = google_service_account_iam_member.this["ci/workloadIdentityUser/ci-plan"].member == "principalSet://iam.googleapis.com/projects/123456789/locations/global/workloadIdentityPools/nightjar-ci/attribute.repository_id/22"
    error_message = "A plan comes from any branch of the repository."
  }

  assert {
    condition     = alltrue([for permission in google_project_iam_custom_role.this["plan"].permissions : can(regex("\\.(get|list|getIamPolicy)$", permission))])
    error_message = "It reads."
  }

  assert {
    condition     = !anytrue([for role in google_project_iam_custom_role.this : contains(role.permissions, "secretmanager.versions.access") || contains(role.permissions, "storage.objects.get") || contains(role.permissions, "iam.roles.update")])
    error_message = "CI reads no secret and no data, and changes no role."
  }

  assert {
    condition     = google_project_iam_member.this["ci-apply/grant"].condition[0].expression == "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly(['projects/nightjar-test/roles/nightjar_herald', 'projects/nightjar-test/roles/nightjar_lister', 'roles/cloudsql.client', 'roles/cloudsql.instanceUser'])"
    error_message = "In the project it hands out nothing but what the pipeline's identities get there."
  }
}

run "names_instead_of_numbers_are_refused" {
  command = plan

  variables {
    settings = { owner_id = "somebody", repository_id = "nightjar" }
  }

  expect_failures = [var.settings]
}
