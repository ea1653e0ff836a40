variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "region" {
  description = "Region of the database and of the jobs that reach it."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the pipeline; instance, network and database have it."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "Machine, availability (ZONAL or REGIONAL), version, days of backups, protection against deletion, and the range of addresses (a /26 or larger) that jobs get."
  type = object({
    tier                = optional(string, "db-f1-micro")
    availability        = optional(string, "ZONAL")
    version             = optional(string, "POSTGRES_17")
    backups             = optional(number, 7)
    deletion_protection = optional(bool, true)
    range               = optional(string, "10.8.0.0/26")
  })
  nullable = false

  validation {
    condition     = contains(["ZONAL", "REGIONAL"], var.settings.availability)
    error_message = "`availability` is ${var.settings.availability}; it may be ZONAL or REGIONAL."
  }

  validation {
    condition     = can(regex("^POSTGRES_1[4-9]$", var.settings.version))
    error_message = "`version` is ${var.settings.version}; write one such as POSTGRES_17."
  }

  validation {
    condition     = can(cidrhost(var.settings.range, 63))
    error_message = "`range` is ${var.settings.range}; jobs need a range of 64 addresses or more, such as 10.8.0.0/26."
  }
}

variable "users" {
  description = "Addresses of the service accounts that may log in by themselves, by who they are."
  type        = map(string)
  nullable    = false
}
