mock_provider "google" {}

variables {
  project        = "nightjar-test"
  identities     = { fetch = { account_id = "toy-fetch", description = "Runs fetch." }, beacon = { account_id = "toy-beacon", description = "Marks the time." } }
  project_grants = { "beacon/herald" = { identity = "beacon", role = "projects/nightjar-test/roles/nightjar_herald", why = "It writes." } }
  identity_grants = {
    "ci/serviceAccountUser/toy-fetch" = { member = "serviceAccount:ci-apply@nightjar-test.iam.gserviceaccount.com", role = "roles/iam.serviceAccountUser", target = "fetch", why = "It deploys." }
  }
}

run "accounts_and_their_rights" {
  command = plan

  assert {
    condition     = [for account in google_service_account.this : account.account_id] == ["toy-beacon", "toy-fetch"]
    error_message = "Each identity has its account."
  }

  assert {
    condition     = output.emails == { beacon = "toy-beacon@nightjar-test.iam.gserviceaccount.com", fetch = "toy-fetch@nightjar-test.iam.gserviceaccount.com" }
    error_message = "Addresses are known before the accounts exist."
  }

  assert {
    condition     = google_project_iam_member.this["beacon/herald"].member == "serviceAccount:toy-beacon@nightjar-test.iam.gserviceaccount.com"
    error_message = "A right in the project goes to the identity that is named."
  }

  assert {
    condition     = google_service_account_iam_member.this["ci/serviceAccountUser/toy-fetch"].service_account_id == "projects/nightjar-test/serviceAccounts/toy-fetch@nightjar-test.iam.gserviceaccount.com"
    error_message = "Who deploys may act as this account, by a right on it alone."
  }
}

run "a_project_of_a_domain" {
  command = plan

  variables {
    project = "example.com:nightjar"
  }

  assert {
    condition     = output.emails["fetch"] == "toy-fetch@nightjar.example.com.iam.gserviceaccount.com"
    error_message = "The parts of the project's id are turned around."
  }
}
