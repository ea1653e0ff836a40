variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of Cloud Scheduler."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the pipeline, and of its schedule."
  type        = string
  nullable    = false
}

variable "cron" {
  description = "When, in cron's five fields, on the clocks of the time zone."
  type        = string
  nullable    = false

  validation {
    condition     = length(regexall("\\S+", var.cron)) == 5
    error_message = "`${var.cron}` is no cron expression of five fields."
  }
}

variable "time_zone" {
  description = "IANA name of the time zone."
  type        = string
  nullable    = false
}

variable "paused" {
  description = "Whether nothing is triggered for now."
  type        = bool
  nullable    = false
}

variable "job" {
  description = "Name and region of the job that is run."
  type        = object({ name = string, region = string })
  nullable    = false
}

variable "email" {
  description = "Address of the service account as which the job is run."
  type        = string
  nullable    = false
}
