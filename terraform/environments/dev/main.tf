# An environment is its values, terraform.tfvars.json beside this file. All environments have the same code, so that what
# worked in one works in the next; a test compares them.

provider "google" {
  project        = var.project
  region         = var.region
  default_labels = { nightjar = var.environment }
}

module "pipeline" {
  source = "../../modules/pipeline"

  release_file    = var.release_file
  project         = var.project
  region          = var.region
  events_bucket   = var.events_bucket
  data_bucket     = var.data_bucket
  releases_bucket = var.releases_bucket
  orchestrator    = var.orchestrator
  schedule        = var.schedule
  env             = var.env
  secret_versions = var.secret_versions
  muted_webhooks  = var.muted_webhooks
  store_secret    = var.store_secret
  retention       = var.retention
  database        = var.database
  alerts          = var.alerts
  dashboard       = var.dashboard
  budget          = var.budget

  deployers = var.ci == null ? {} : {
    ci = "serviceAccount:ci-apply@${join(".", reverse(split(":", var.project)))}.iam.gserviceaccount.com"
  }
}
