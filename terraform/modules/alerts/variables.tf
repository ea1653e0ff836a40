variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of the jobs."
  type        = string
  nullable    = false
}

variable "scheduler_region" {
  description = "Region of Cloud Scheduler."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the pipeline, and of its schedule."
  type        = string
  nullable    = false
}

variable "orchestrator" {
  description = "Name of the orchestrator's job."
  type        = string
  nullable    = false
}

variable "schedule" {
  description = "Time zone, and when a run has to have been seen: so many minutes after it was due. A null cron makes no alert of a missing run."
  type        = object({ time_zone = string, due_cron = optional(string), due_minutes = number })
  nullable    = false
}

variable "paused" {
  description = "Whether nothing is triggered for now; then nothing is missing either."
  type        = bool
  nullable    = false
}

variable "beacon_email" {
  description = "Address of the service account that marks the time in the log."
  type        = string
  nullable    = false
}

variable "freshness" {
  description = "How old, in seconds, what a step makes may become; name and job of the step."
  type        = map(object({ job = string, seconds = number }))
  nullable    = false
}

variable "emails" {
  description = "Addresses that are written to, by a name for them."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for address in values(var.emails) : can(regex("^[^@\\s]+@[^@\\s]+$", address))])
    error_message = "No address of a mailbox: ${join(", ", [for address in values(var.emails) : address if !can(regex("^[^@\\s]+@[^@\\s]+$", address))])}."
  }
}

variable "channels" {
  description = "Notification channels that exist (projects/PROJECT/notificationChannels/NUMBER): Slack, PagerDuty and others whose tokens no state should know."
  type        = set(string)
  nullable    = false
  default     = []

  validation {
    condition     = alltrue([for channel in var.channels : can(regex("^projects/[^/]+/notificationChannels/[^/]+$", channel))])
    error_message = "A channel is written projects/PROJECT/notificationChannels/NUMBER, not ${join(", ", [for channel in var.channels : channel if !can(regex("^projects/[^/]+/notificationChannels/[^/]+$", channel))])}."
  }
}
