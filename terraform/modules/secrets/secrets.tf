# The secrets, never their values: those are set by `//deploy:secret` and seen by nobody but who may read them.

resource "google_secret_manager_secret" "this" {
  for_each = var.secrets

  project   = var.project
  secret_id = each.value

  replication {
    auto {}
  }
}

resource "google_secret_manager_secret_iam_member" "this" {
  for_each = var.grants

  project   = var.project
  secret_id = google_secret_manager_secret.this[each.value.target].secret_id
  role      = each.value.role
  member    = var.members[each.value.identity]
}
