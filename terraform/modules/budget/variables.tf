variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the pipeline."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "Billing account (XXXXXX-XXXXXX-XXXXXX), number of the project, currency of the account, and how many whole units of it a month may cost before its owners are told."
  type        = object({ billing_account = string, project_number = number, currency = optional(string, "USD"), units = number })
  nullable    = false

  validation {
    condition     = can(regex("^[0-9A-F]{6}-[0-9A-F]{6}-[0-9A-F]{6}$", var.settings.billing_account))
    error_message = "`billing_account` is ${var.settings.billing_account}; write it as Google shows it, XXXXXX-XXXXXX-XXXXXX."
  }

  validation {
    condition     = var.settings.units >= 1 && floor(var.settings.units) == var.settings.units
    error_message = "`units` is ${var.settings.units}; it is a whole number from 1 on."
  }
}
