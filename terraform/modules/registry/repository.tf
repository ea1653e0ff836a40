# Jobs pin images by digest and Google deletes them all the same: so much is kept that no image goes which is deployed, or
# may be by a rollback. A release that stays for longer gets a tag (`./bazelw run //deploy:push -- --tag keep-…`).
resource "google_artifact_registry_repository" "this" {
  project                = var.project
  location               = var.location
  repository_id          = var.name
  description            = "Images of nightjar."
  format                 = "DOCKER"
  cleanup_policy_dry_run = false

  docker_config {
    immutable_tags = true
  }

  cleanup_policies {
    id     = "keep-recent"
    action = "KEEP"
    most_recent_versions {
      keep_count = var.keep.versions
    }
  }

  cleanup_policies {
    id     = "keep-tagged"
    action = "KEEP"
    condition {
      tag_state    = "TAGGED"
      tag_prefixes = var.keep.tags
    }
  }

  cleanup_policies {
    id     = "delete-old"
    action = "DELETE"
    condition {
      tag_state  = "ANY"
      older_than = "${var.keep.days * 86400}s"
    }
  }
}

locals {
  _grants = merge(
    {
      for name, member in var.readers : "${name}/reader/${var.name}" => {
        role = "roles/artifactregistry.reader", member = member
        why  = "It looks whether images are there, or runs them in another project."
      }
    },
    {
      for name, member in var.writers : "${name}/writer/${var.name}" => {
        role = "roles/artifactregistry.writer", member = member
        why  = "It pushes images."
      }
    },
  )
}

resource "google_artifact_registry_repository_iam_member" "this" {
  for_each = local._grants

  project    = var.project
  location   = var.location
  repository = google_artifact_registry_repository.this.repository_id
  role       = each.value.role
  member     = each.value.member
}
