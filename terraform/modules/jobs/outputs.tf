output "names" {
  description = "Names of the jobs, by step."
  value       = { for key, job in google_cloud_run_v2_job.this : key => job.name }
  depends_on  = [google_cloud_run_v2_job_iam_member.this]
}
