resource "google_project_iam_member" "this" {
  for_each = var.project_grants

  project = var.project
  role    = each.value.role
  member  = "serviceAccount:${google_service_account.this[each.value.identity].account_id}@${local._domain}.iam.gserviceaccount.com"
}
