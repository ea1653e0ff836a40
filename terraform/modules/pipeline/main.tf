# What a pipeline needs in a project, put together: the catalog decides, the other modules make. Nothing is decided here.

locals {
  _release = file(var.release_file)
  _buckets = { events = var.events_bucket, data = var.data_bucket, releases = var.releases_bucket }
}

module "catalog" {
  source = "../catalog"

  release          = jsondecode(local._release)
  release_sha256   = sha256(local._release)
  project          = var.project
  region           = var.region
  buckets          = local._buckets
  orchestrator     = var.orchestrator
  env              = var.env
  secret_versions  = var.secret_versions
  muted_webhooks   = var.muted_webhooks
  store_secret     = var.store_secret
  database_secrets = var.database == null ? [] : var.database.secrets
  deployers        = var.deployers
}

module "identities" {
  source = "../identities"

  project         = var.project
  identities      = module.catalog.identities
  project_grants  = module.catalog.grants.project
  identity_grants = module.catalog.grants.identities
}

module "secrets" {
  source = "../secrets"

  project = var.project
  secrets = module.catalog.secrets
  grants  = module.catalog.grants.secrets
  members = module.identities.members
}

module "buckets" {
  source = "../buckets"

  project  = var.project
  location = var.region
  buckets = merge(
    # An orchestrator that dies between writing a mark to learn the time and removing it leaves the mark.
    { (var.events_bucket) = { short_lived = { "${module.catalog.pipeline.name}/clock/" = 1 } } },
    { (var.data_bucket) = { cold_days = var.retention.cold_days, delete_days = var.retention.delete_days } },
  )
  grants  = module.catalog.grants.buckets
  members = module.identities.members
}

module "release" {
  source = "../release"

  bucket  = module.catalog.release.bucket
  name    = module.catalog.release.name
  content = local._release
}

module "database" {
  source = "../database"
  count  = var.database == null ? 0 : 1

  project  = var.project
  region   = var.region
  name     = module.catalog.pipeline.name
  settings = var.database
  users    = { for identity in module.catalog.logins : identity => module.identities.emails[identity] }
}

module "steps" {
  source = "../jobs"

  project = var.project
  region  = var.region
  jobs    = module.catalog.steps
  grants  = module.catalog.grants.steps
  emails  = module.identities.emails
  members = module.identities.members
  secrets = module.secrets.names
  network = one(module.database[*].network)

  depends_on = [module.buckets]
}

# After the steps: when it is deployed with a release, what that release names is deployed as well.
module "orchestrator" {
  source = "../jobs"

  project = var.project
  region  = var.region
  jobs    = { orchestrator = module.catalog.orchestrator }
  grants  = module.catalog.grants.orchestrator
  emails  = module.identities.emails
  members = module.identities.members
  secrets = module.secrets.names
  network = one(module.database[*].network)

  depends_on = [module.steps, module.release, module.buckets]
}

module "schedule" {
  source = "../schedule"

  project   = var.project
  region    = coalesce(var.schedule.region, var.region)
  name      = module.catalog.pipeline.name
  cron      = module.catalog.schedule.cron
  time_zone = module.catalog.schedule.time_zone
  paused    = var.schedule.paused
  job       = { name = module.orchestrator.names["orchestrator"], region = var.region }
  email     = module.identities.emails["scheduler"]
}

module "alerts" {
  source = "../alerts"

  project          = var.project
  region           = var.region
  scheduler_region = coalesce(var.schedule.region, var.region)
  name             = module.catalog.pipeline.name
  orchestrator     = module.catalog.orchestrator.name
  schedule         = module.catalog.schedule
  paused           = var.schedule.paused
  beacon_email     = module.identities.emails["beacon"]
  freshness        = module.catalog.freshness
  emails           = var.alerts.emails
  channels         = var.alerts.channels
}

module "dashboard" {
  source = "../dashboard"
  count  = var.dashboard ? 1 : 0

  project = var.project
  name    = module.catalog.pipeline.name
  jobs    = concat(values(module.catalog.steps)[*].name, [module.catalog.orchestrator.name])
}

module "budget" {
  source = "../budget"
  count  = var.budget == null ? 0 : 1

  project  = var.project
  name     = module.catalog.pipeline.name
  settings = var.budget
}
