mock_provider "google" {}

variables {
  project  = "nightjar-test"
  location = "us-east4"
  buckets = {
    nightjar-test-events   = { short_lived = { "toy/clock/" = 1 } }
    nightjar-test-data     = { cold_days = 60, delete_days = 400 }
    nightjar-test-releases = { versions = true }
  }
  members = { load = "serviceAccount:toy-load@nightjar-test.iam.gserviceaccount.com" }
  grants = {
    "load/publisher/nightjar-test-data" = { identity = "load", role = "projects/nightjar-test/roles/nightjar_publisher", target = "nightjar-test-data", condition = { title = "its own", expression = "true" }, why = "It publishes." }
    "load/reader/elsewhere"             = { identity = "load", role = "projects/nightjar-test/roles/nightjar_reader", target = "elsewhere", why = "It reads." }
  }
}

run "buckets_and_rights" {
  command = plan

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.uniform_bucket_level_access && bucket.public_access_prevention == "enforced" && !bucket.force_destroy])
    error_message = "A bucket has no rights on single objects, no public, and is not destroyed with what is in it."
  }

  assert {
    condition     = alltrue([for bucket in google_storage_bucket.this : bucket.soft_delete_policy[0].retention_duration_seconds == 604800 && bucket.location == "US-EAST4"])
    error_message = "What is removed can be had back for a week; the bucket is where the jobs are."
  }

  assert {
    condition     = [for rule in google_storage_bucket.this["nightjar-test-events"].lifecycle_rule : one(rule.action).type] == ["AbortIncompleteMultipartUpload", "Delete"]
    error_message = "Of events only marks that were left go away."
  }

  assert {
    condition     = [for rule in google_storage_bucket.this["nightjar-test-data"].lifecycle_rule : one(rule.condition).age] == [1, 60, 400]
    error_message = "Data become cold, then go away."
  }

  assert {
    condition     = google_storage_bucket.this["nightjar-test-releases"].versioning[0].enabled && one(google_storage_bucket.this["nightjar-test-releases"].lifecycle_rule[1].condition).num_newer_versions == 10
    error_message = "Of releases former versions are kept, ten of each."
  }

  assert {
    condition     = google_storage_bucket_iam_member.this["load/publisher/nightjar-test-data"].condition[0].expression == "true" && length(google_storage_bucket_iam_member.this["load/reader/elsewhere"].condition) == 0
    error_message = "A condition is that of the grant, and none where it has none."
  }

  assert {
    condition     = google_storage_bucket_iam_member.this["load/reader/elsewhere"].bucket == "elsewhere"
    error_message = "A right may be on a bucket that is not made here."
  }
}

run "a_name_that_is_none_is_refused" {
  command = plan

  variables {
    buckets = { "Nightjar Data" = {} }
    grants  = {}
  }

  expect_failures = [var.buckets]
}
