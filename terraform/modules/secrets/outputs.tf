output "names" {
  description = "Names of the secrets, as jobs refer to them."
  value       = { for name, secret in google_secret_manager_secret.this : name => secret.secret_id }
  depends_on  = [google_secret_manager_secret_iam_member.this]
}
