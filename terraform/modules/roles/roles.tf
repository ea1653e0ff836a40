# Roles of our own, where a predefined one is wider than what is needed or holds too little. They are made before a first
# release and by people: who deploys a release may hand them out, and not change what they allow.

locals {
  roles = {
    runner = {
      title = "nightjar: starts, watches and cancels a job"
      permissions = [
        "run.executions.cancel",
        "run.executions.get",
        "run.executions.list",
        "run.jobs.get",
        "run.jobs.run",
        "run.jobs.runWithOverrides",
        "run.tasks.get",
        "run.tasks.list",
      ]
    }
    trigger = {
      title       = "nightjar: runs a job as it is"
      permissions = ["run.jobs.run"]
    }
    lister = {
      title       = "nightjar: lists all executions"
      permissions = ["run.executions.list"]
    }
    keeper = {
      title       = "nightjar: keeps objects"
      permissions = ["storage.objects.create", "storage.objects.delete", "storage.objects.get", "storage.objects.list"]
    }
    reader = {
      title       = "nightjar: reads objects"
      permissions = ["storage.objects.get", "storage.objects.list"]
    }
    publisher = {
      title       = "nightjar: creates objects and changes none"
      permissions = ["storage.objects.create"]
    }
    herald = {
      title       = "nightjar: writes log entries"
      permissions = ["logging.logEntries.create"]
    }
  }
}

resource "google_project_iam_custom_role" "this" {
  for_each = local.roles

  project     = var.project
  role_id     = "nightjar_${each.key}"
  title       = each.value.title
  permissions = each.value.permissions
}
