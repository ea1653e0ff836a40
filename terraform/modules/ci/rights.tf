locals {
  _members = { for key, account in google_service_account.this : key => "serviceAccount:${account.account_id}@${local._domain}.iam.gserviceaccount.com" }

  # Reading what Terraform keeps in its state, and no object, no secret and no row besides.
  _read = [
    "cloudscheduler.jobs.get",
    "cloudsql.databases.get",
    "cloudsql.instances.get",
    "cloudsql.users.list",
    "compute.globalAddresses.get",
    "compute.networks.get",
    "compute.subnetworks.get",
    "iam.roles.get",
    "iam.serviceAccounts.get",
    "iam.serviceAccounts.getIamPolicy",
    "logging.logMetrics.get",
    "monitoring.alertPolicies.get",
    "monitoring.dashboards.get",
    "monitoring.notificationChannels.get",
    "resourcemanager.projects.get",
    "resourcemanager.projects.getIamPolicy",
    "run.jobs.get",
    "run.jobs.getIamPolicy",
    "secretmanager.secrets.get",
    "secretmanager.secrets.getIamPolicy",
    "secretmanager.versions.get",
    "secretmanager.versions.list",
    "servicenetworking.services.get",
    "storage.buckets.get",
    "storage.buckets.getIamPolicy",
  ]

  _write = concat(local._read, [
    "cloudscheduler.jobs.create",
    "cloudscheduler.jobs.delete",
    "cloudscheduler.jobs.enable",
    "cloudscheduler.jobs.pause",
    "cloudscheduler.jobs.update",
    "cloudscheduler.locations.get",
    "cloudsql.users.create",
    "cloudsql.users.delete",
    "cloudsql.users.update",
    "iam.serviceAccounts.create",
    "iam.serviceAccounts.delete",
    "iam.serviceAccounts.setIamPolicy",
    "iam.serviceAccounts.update",
    "logging.logMetrics.create",
    "logging.logMetrics.delete",
    "logging.logMetrics.update",
    "monitoring.alertPolicies.create",
    "monitoring.alertPolicies.delete",
    "monitoring.alertPolicies.update",
    "monitoring.dashboards.create",
    "monitoring.dashboards.delete",
    "monitoring.dashboards.update",
    "monitoring.notificationChannels.create",
    "monitoring.notificationChannels.delete",
    "monitoring.notificationChannels.update",
    "run.executions.cancel",
    "run.executions.get",
    "run.executions.list",
    "run.jobs.create",
    "run.jobs.delete",
    "run.jobs.list",
    "run.jobs.run",
    "run.jobs.runWithOverrides",
    "run.jobs.setIamPolicy",
    "run.jobs.update",
    "run.operations.get",
    "run.tasks.get",
    "run.tasks.list",
    "secretmanager.secrets.create",
    "secretmanager.secrets.delete",
    "secretmanager.secrets.setIamPolicy",
    "secretmanager.secrets.update",
    "storage.buckets.create",
    "storage.buckets.delete",
    "storage.buckets.setIamPolicy",
    "storage.buckets.update",
  ])

  roles = {
    plan  = { title = "nightjar: plans", permissions = local._read }
    apply = { title = "nightjar: applies", permissions = local._write }
    grant = { title = "nightjar: grants in the project", permissions = ["resourcemanager.projects.setIamPolicy"] }
  }

  _buckets = {
    "ci-plan/objectUser/state" = {
      who = "plan", bucket = var.state_bucket, role = "roles/storage.objectUser"
      why = "A plan reads the state and holds its lock."
    }
    "ci-plan/objectViewer/releases" = {
      who = "plan", bucket = var.releases_bucket, role = "roles/storage.objectViewer"
      why = "A plan compares with the release that is deployed."
    }
    "ci-apply/objectUser/state" = {
      who = "apply", bucket = var.state_bucket, role = "roles/storage.objectUser"
      why = "Applying writes the state."
    }
    "ci-apply/objectUser/releases" = {
      who = "apply", bucket = var.releases_bucket, role = "roles/storage.objectUser"
      why = "Applying writes the release and its history."
    }
  }

  # What it may hand out in the whole project is what the pipeline's identities get there, and nothing by which it would
  # become more than it is.
  _handed_out = [
    "projects/${var.project}/roles/nightjar_herald",
    "projects/${var.project}/roles/nightjar_lister",
    "roles/cloudsql.client",
    "roles/cloudsql.instanceUser",
  ]

  _grants = {
    "ci-plan/plan"   = { who = "plan", role = "plan", condition = [], why = "A plan reads what is deployed." }
    "ci-apply/apply" = { who = "apply", role = "apply", condition = [], why = "Applying changes what is deployed." }
    "ci-apply/grant" = {
      who  = "apply"
      role = "grant"
      why  = "Some identities of the pipeline need a right in the project, and whoever deploys gives it to them."
      condition = [{
        title      = "roles of the pipeline's identities"
        expression = "api.getAttribute('iam.googleapis.com/modifiedGrantsByRole', []).hasOnly([${join(", ", [for role in local._handed_out : "'${role}'"])}])"
      }]
    }
  }
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.roles

  project     = var.project
  role_id     = "nightjar_ci_${each.key}"
  title       = each.value.title
  permissions = each.value.permissions
}

resource "google_project_iam_member" "this" {
  for_each = local._grants

  project = var.project
  role    = "projects/${var.project}/roles/${google_project_iam_custom_role.this[each.value.role].role_id}"
  member  = local._members[each.value.who]

  dynamic "condition" {
    for_each = each.value.condition
    content {
      title      = condition.value.title
      expression = condition.value.expression
    }
  }
}

resource "google_storage_bucket_iam_member" "this" {
  for_each = local._buckets

  bucket = each.value.bucket
  role   = each.value.role
  member = local._members[each.value.who]
}
