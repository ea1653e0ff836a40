resource "google_sql_database_instance" "this" {
  project             = var.project
  region              = var.region
  name                = var.name
  database_version    = var.settings.version
  deletion_protection = var.settings.deletion_protection

  settings {
    # Named, because small machines exist in this edition only and it is not what Google takes by itself.
    edition                     = "ENTERPRISE"
    tier                        = var.settings.tier
    availability_type           = var.settings.availability
    disk_type                   = "PD_SSD"
    disk_autoresize             = true
    deletion_protection_enabled = var.settings.deletion_protection

    ip_configuration {
      ipv4_enabled                                  = false
      private_network                               = google_compute_network.this.id
      ssl_mode                                      = "ENCRYPTED_ONLY"
      enable_private_path_for_google_cloud_services = true
    }

    database_flags {
      name  = "cloudsql.iam_authentication"
      value = "on"
    }

    backup_configuration {
      enabled                        = true
      start_time                     = "09:00"
      point_in_time_recovery_enabled = true
      transaction_log_retention_days = min(7, var.settings.backups)

      backup_retention_settings {
        retained_backups = var.settings.backups
        retention_unit   = "COUNT"
      }
    }
  }

  lifecycle {
    # It grows by itself.
    ignore_changes = [settings[0].disk_size]
  }

  depends_on = [google_service_networking_connection.this]
}

resource "google_sql_database" "this" {
  project  = var.project
  instance = google_sql_database_instance.this.name
  name     = replace(var.name, "-", "_")
}

# Logins without a password. What each may do inside is granted in SQL; a user with a password is made by people
# (`gcloud sql users create`), so that no state knows it.
resource "google_sql_user" "this" {
  for_each = var.users

  project  = var.project
  instance = google_sql_database_instance.this.name
  name     = trimsuffix(each.value, ".gserviceaccount.com")
  type     = "CLOUD_IAM_SERVICE_ACCOUNT"
}
