# A network of its own: jobs reach the database by a private address and the rest of the world as before.

resource "google_compute_network" "this" {
  project                 = var.project
  name                    = var.name
  auto_create_subnetworks = false
}

resource "google_compute_subnetwork" "this" {
  project                  = var.project
  region                   = var.region
  name                     = "${var.name}-jobs"
  network                  = google_compute_network.this.id
  ip_cidr_range            = var.settings.range
  private_ip_google_access = true
}

resource "google_compute_global_address" "this" {
  project       = var.project
  name          = "${var.name}-services"
  network       = google_compute_network.this.id
  purpose       = "VPC_PEERING"
  address_type  = "INTERNAL"
  prefix_length = 20
}

resource "google_service_networking_connection" "this" {
  network                 = google_compute_network.this.id
  service                 = "servicenetworking.googleapis.com"
  reserved_peering_ranges = [google_compute_global_address.this.name]
  # The peering can only be removed when Cloud SQL has let go of it, days after the instance.
  deletion_policy = "ABANDON"
}
