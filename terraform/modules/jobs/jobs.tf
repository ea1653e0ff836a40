# A job holds nothing that a plan could not make anew, so it has no protection against deletion: a step that leaves the
# pipeline takes its job along.
resource "google_cloud_run_v2_job" "this" {
  for_each = var.jobs

  project             = var.project
  location            = var.region
  name                = each.value.name
  deletion_protection = false

  template {
    task_count  = each.value.tasks
    parallelism = each.value.parallelism

    template {
      service_account       = var.emails[each.value.identity]
      timeout               = "${each.value.timeout_seconds}s"
      max_retries           = each.value.max_retries
      execution_environment = "EXECUTION_ENVIRONMENT_GEN2"

      containers {
        image   = each.value.image
        command = each.value.command
        args    = each.value.args

        resources {
          limits = {
            cpu    = tostring(each.value.cpu)
            memory = "${each.value.memory_mib}Mi"
          }
        }

        dynamic "env" {
          for_each = each.value.env
          content {
            name  = env.key
            value = env.value
          }
        }

        dynamic "env" {
          for_each = each.value.secrets
          content {
            name = env.key
            value_source {
              secret_key_ref {
                secret  = var.secrets[env.value.secret]
                version = env.value.version
              }
            }
          }
        }
      }

      dynamic "vpc_access" {
        for_each = each.value.private && var.network != null ? [var.network] : []
        content {
          egress = "PRIVATE_RANGES_ONLY"
          network_interfaces {
            network    = vpc_access.value.network
            subnetwork = vpc_access.value.subnetwork
          }
        }
      }
    }
  }

  lifecycle {
    # What gcloud and the console write about themselves.
    ignore_changes = [client, client_version]

    precondition {
      condition     = can(regex("@sha256:[0-9a-f]{64}$", each.value.image))
      error_message = "The image of ${each.value.name} is ${each.value.image}: a job takes an image by digest only (…@sha256:…), so that what was tested is what runs."
    }
  }
}

resource "google_cloud_run_v2_job_iam_member" "this" {
  for_each = var.grants

  project  = var.project
  location = var.region
  name     = google_cloud_run_v2_job.this[each.value.target].name
  role     = each.value.role
  member   = var.members[each.value.identity]
}
