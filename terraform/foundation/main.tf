# What must exist before a first push and a first plan: people apply it, by `//deploy:bootstrap`, with the values of an
# environment. Terraform's own bucket exists before it.

provider "google" {
  project = var.project
  region  = var.region
}

locals {
  # HOST/PROJECT/NAME; the repository is made where the project is this one, else another environment has it.
  _address  = split("/", var.repository)
  _location = trimsuffix(local._address[0], "-docker.pkg.dev")
  _is_here  = endswith(local._address[0], "-docker.pkg.dev") && join("/", slice(local._address, 1, length(local._address) - 1)) == replace(var.project, ":", "/")
}

module "services" {
  source = "../modules/services"

  project = var.project
  services = [
    "artifactregistry.googleapis.com",
    "cloudresourcemanager.googleapis.com",
    "cloudscheduler.googleapis.com",
    "compute.googleapis.com",
    "iam.googleapis.com",
    "iamcredentials.googleapis.com",
    "logging.googleapis.com",
    "monitoring.googleapis.com",
    "run.googleapis.com",
    "secretmanager.googleapis.com",
    "servicenetworking.googleapis.com",
    "sqladmin.googleapis.com",
    "storage.googleapis.com",
    "sts.googleapis.com",
  ]
}

module "roles" {
  source = "../modules/roles"

  project    = var.project
  depends_on = [module.services]
}

module "releases" {
  source = "../modules/buckets"

  project    = var.project
  location   = var.region
  buckets    = { (var.releases_bucket) = { versions = true } }
  depends_on = [module.services]
}

module "ci" {
  source = "../modules/ci"
  count  = var.ci == null ? 0 : 1

  project         = var.project
  settings        = var.ci
  state_bucket    = var.state_bucket
  releases_bucket = module.releases.names[0]
  depends_on      = [module.services]
}

module "registry" {
  source = "../modules/registry"
  count  = local._is_here ? 1 : 0

  project    = var.project
  location   = local._location
  name       = local._address[length(local._address) - 1]
  readers    = merge(var.registry.readers, var.ci == null ? {} : { "ci-plan" = module.ci[0].members["plan"] })
  writers    = var.ci == null ? {} : { "ci-apply" = module.ci[0].members["apply"] }
  keep       = var.registry.keep
  depends_on = [module.services]
}
