# CI proves who it is by a token of its own platform for each run, so that there is no key that could be lost.

resource "google_iam_workload_identity_pool" "this" {
  project                   = var.project
  workload_identity_pool_id = "nightjar-ci"
  display_name              = "CI"
  description               = "Runs of CI, by the token that their platform gives them."
}

resource "google_iam_workload_identity_pool_provider" "this" {
  project                            = var.project
  workload_identity_pool_id          = google_iam_workload_identity_pool.this.workload_identity_pool_id
  workload_identity_pool_provider_id = "github"
  display_name                       = "GitHub Actions"

  # Nobody else's token is even exchanged.
  attribute_condition = "assertion.repository_owner_id == '${var.settings.owner_id}' && assertion.repository_id == '${var.settings.repository_id}'"

  attribute_mapping = {
    "google.subject"          = "assertion.sub"
    "attribute.repository_id" = "assertion.repository_id"
    "attribute.deployment"    = "assertion.repository_id + ':' + assertion.ref + ':' + (has(assertion.environment) ? assertion.environment : '')"
  }

  oidc {
    issuer_uri = var.settings.issuer
  }
}

locals {
  _principals = "principalSet://iam.googleapis.com/${google_iam_workload_identity_pool.this.name}"
  _domain     = join(".", reverse(split(":", var.project)))

  # A plan may be asked for from any branch; what is applied comes from one.
  identities = {
    plan = {
      why       = "A run of CI plans, from any branch of the repository."
      account   = "ci-plan"
      text      = "Plans: reads what is deployed and changes nothing."
      principal = "${local._principals}/attribute.repository_id/${var.settings.repository_id}"
    }
    apply = {
      why       = "A run of CI deploys, from the one branch and environment."
      account   = "ci-apply"
      text      = "Pushes images and applies releases."
      principal = "${local._principals}/attribute.deployment/${var.settings.repository_id}:refs/heads/${var.settings.branch}:${var.settings.environment}"
    }
  }
}

resource "google_service_account" "this" {
  for_each = local.identities

  project      = var.project
  account_id   = each.value.account
  display_name = each.value.account
  description  = each.value.text
}

locals {
  _logins = { for key, each in local.identities : "ci/workloadIdentityUser/${each.account}" => merge(each, { key = key }) }
}

resource "google_service_account_iam_member" "this" {
  for_each = local._logins

  service_account_id = "projects/${var.project}/serviceAccounts/${google_service_account.this[each.value.key].account_id}@${local._domain}.iam.gserviceaccount.com"
  role               = "roles/iam.workloadIdentityUser"
  member             = each.value.principal
}
