output "provider" {
  description = "Full name of the provider, as CI's login names it."
  value       = google_iam_workload_identity_pool_provider.this.name
}

output "emails" {
  description = "Addresses of CI's identities: plan, apply."
  value       = { for key, account in google_service_account.this : key => "${account.account_id}@${local._domain}.iam.gserviceaccount.com" }
}

output "members" {
  description = "CI's identities as IAM members: plan, apply."
  value       = local._members
}

output "grants" {
  description = "Why each grant is needed, by its name."
  value       = { for name, grant in merge(local._logins, local._grants, local._buckets) : name => grant.why }
}
