output "network" {
  description = "Network and subnetwork through which jobs reach the database."
  value       = { network = google_compute_network.this.name, subnetwork = google_compute_subnetwork.this.name }
}

output "database" {
  description = "Where the database is: what the connection string in the secret needs, but for user and password."
  value = {
    host       = google_sql_database_instance.this.private_ip_address
    name       = google_sql_database.this.name
    connection = google_sql_database_instance.this.connection_name
  }
}
