output "policies" {
  description = "Names of the alerts that are watched for, as people read them."
  value = sort(concat(
    [for policy in values(google_monitoring_alert_policy.missing) : policy.display_name],
    [for policy in values(google_monitoring_alert_policy.stale) : policy.display_name],
    [
      google_monitoring_alert_policy.failed.display_name,
      google_monitoring_alert_policy.silent.display_name,
      google_monitoring_alert_policy.scheduler.display_name,
      google_monitoring_alert_policy.errors.display_name,
    ],
  ))
}
