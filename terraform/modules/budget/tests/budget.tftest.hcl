mock_provider "google" {}

variables {
  project  = "nightjar-test"
  name     = "toy"
  settings = { billing_account = "012345-6789AB-CDEF01", project_number = 123456789, units = 20 }
}

run "a_budget_of_the_project" {
  command = plan

  assert {
    condition     = google_billing_budget.this.budget_filter[0].projects == toset(["projects/123456789"]) && google_billing_budget.this.amount[0].specified_amount[0].units == "20"
    error_message = "It is about this project, and of so many units."
  }
}

run "an_account_that_is_none_is_refused" {
  command = plan

  variables {
    settings = { billing_account = "mine", project_number = 1, units = 20 }
  }

  expect_failures = [var.settings]
}
