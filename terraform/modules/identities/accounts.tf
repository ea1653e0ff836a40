locals {
  # A project of a domain ("example.com:name") has its parts turned around in addresses.
  _domain = join(".", reverse(split(":", var.project)))
}

resource "google_service_account" "this" {
  for_each = var.identities

  project      = var.project
  account_id   = each.value.account_id
  display_name = each.value.account_id
  description  = each.value.description
}

resource "google_service_account_iam_member" "this" {
  for_each = var.identity_grants

  service_account_id = "projects/${var.project}/serviceAccounts/${google_service_account.this[each.value.target].account_id}@${local._domain}.iam.gserviceaccount.com"
  role               = each.value.role
  member             = each.value.member
}
