output "names" {
  description = "Full names of the roles."
  value       = { for key, role in google_project_iam_custom_role.this : key => "projects/${var.project}/roles/${role.role_id}" }
}
