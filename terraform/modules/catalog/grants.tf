# Who may do what on what, and why: by the kind of what is granted on, each under a name that tells it.
# docs/iam.md is made of them.

locals {
  _objects = "projects/_/buckets"

  grants = {
    steps = {
      for name, job in local.steps : "orchestrator/runner/${job.name}" => {
        identity = "orchestrator"
        role     = local._roles.runner
        target   = name
        why      = "It starts the step's attempts, looks at them, reads how they ended, and cancels them."
      }
    }

    orchestrator = {
      "scheduler/trigger/${local.orchestrator.name}" = {
        identity = "scheduler"
        role     = local._roles.trigger
        target   = "orchestrator"
        why      = "Cloud Scheduler triggers the day's run; it may change neither arguments nor variables."
      }
    }

    secrets = merge([
      for job, secrets in local._secrets : {
        for secret in distinct(values(secrets)) : "${job}/secretAccessor/${secret}" => {
          identity = job
          role     = "roles/secretmanager.secretAccessor"
          target   = secret
          why      = "Cloud Run reads the secret as the job's identity when a task starts."
        }
      }
    ]...)

    buckets = merge(
      {
        for name, step in local.steps : "${name}/reader/${var.buckets.data}" => {
          identity  = name
          role      = local._roles.reader
          target    = var.buckets.data
          condition = null
          why       = "It reads what the steps before it published, on this day and on earlier ones."
        }
      },
      {
        for name, step in local.steps : "${name}/publisher/${var.buckets.data}" => {
          identity = name
          role     = local._roles.publisher
          target   = var.buckets.data
          condition = {
            title = "content by its hash, and the step's own folders"
            expression = join(" || ", [
              "resource.name.startsWith(\"${local._objects}/${var.buckets.data}/objects/${local._pipeline.name}/objects/\")",
              "(resource.name.startsWith(\"${local._objects}/${var.buckets.data}/objects/${local._pipeline.name}/runs/${local._pipeline.name}/\") && resource.name.extract(\"/${name}/{rest}\") != \"\")",
            ])
          }
          why = "It publishes and claims; without the right to delete nobody can overwrite."
        }
      },
      var.store_secret != null ? {} : {
        "orchestrator/keeper/${var.buckets.events}" = {
          identity  = "orchestrator"
          role      = local._roles.keeper
          target    = var.buckets.events
          condition = null
          why       = "It keeps the log of runs there, and removes its leases and marks."
        }
      },
      {
        "orchestrator/reader/${var.buckets.releases}" = {
          identity = "orchestrator"
          role     = local._roles.reader
          target   = var.buckets.releases
          condition = {
            title      = "releases that are deployed"
            expression = "resource.name.startsWith(\"${local._objects}/${var.buckets.releases}/objects/${local._release_folder}/\")"
          }
          why = "It reads the release that it was deployed with."
        }
      },
    )

    project = merge(
      {
        "beacon/herald" = {
          identity = "beacon"
          role     = local._roles.herald
          why      = "Cloud Scheduler writes the entries by which a missing run is noticed."
        }
      },
      var.orchestrator.poll_by_listing ? {
        "orchestrator/lister" = {
          identity = "orchestrator"
          role     = local._roles.lister
          why      = "It looks at many executions by one listing of the region, which is no right on a job."
        }
      } : {},
      merge([
        for job, private in local._private : {
          "${job}/client" = {
            identity = job
            role     = "roles/cloudsql.client"
            why      = "It connects to the database."
          }
          "${job}/instanceUser" = {
            identity = job
            role     = "roles/cloudsql.instanceUser"
            why      = "It may log in to the database with its own identity."
          }
        } if private
      ]...),
    )

    identities = merge([
      for name, member in var.deployers : {
        for key, identity in local.identities : "${name}/serviceAccountUser/${identity.account_id}" => {
          member = member
          role   = "roles/iam.serviceAccountUser"
          target = key
          why    = "Whoever deploys a job or a schedule must be allowed to act as its identity."
        }
      }
    ]...)
  }
}
