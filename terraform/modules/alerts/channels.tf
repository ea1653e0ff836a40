resource "google_monitoring_notification_channel" "this" {
  for_each = var.emails

  project      = var.project
  display_name = "${var.name}: ${each.key}"
  type         = "email"
  labels       = { email_address = each.value }
}

locals {
  _channels = concat([for channel in google_monitoring_notification_channel.this : channel.id], sort(var.channels))
}
