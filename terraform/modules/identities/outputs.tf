# Made of what is configured, not of what Google answers, so that a plan shows who gets what before anything exists.

output "emails" {
  description = "Addresses of the service accounts, by who they are."
  value       = { for key, account in google_service_account.this : key => "${account.account_id}@${local._domain}.iam.gserviceaccount.com" }
  depends_on  = [google_service_account_iam_member.this]
}

output "members" {
  description = "The service accounts as IAM members, by who they are."
  value       = { for key, account in google_service_account.this : key => "serviceAccount:${account.account_id}@${local._domain}.iam.gserviceaccount.com" }
}
