output "services" {
  description = "APIs that are on."
  value       = [for service in google_project_service.this : service.service]
}
