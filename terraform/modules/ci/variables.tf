variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "settings" {
  description = "Who CI is: owner and repository by their numbers (names can be taken over), the branch and, where it is set, the GitHub environment from which may be deployed."
  type = object({
    issuer        = optional(string, "https://token.actions.githubusercontent.com")
    owner_id      = string
    repository_id = string
    branch        = optional(string, "main")
    environment   = optional(string, "")
  })
  nullable = false

  validation {
    condition     = can(regex("^[0-9]+$", var.settings.owner_id)) && can(regex("^[0-9]+$", var.settings.repository_id))
    error_message = "`owner_id` and `repository_id` are numbers in quotes, as the API of GitHub tells them, not ${var.settings.owner_id} and ${var.settings.repository_id}."
  }

  validation {
    condition     = can(regex("^[A-Za-z0-9._/-]+$", var.settings.branch)) && can(regex("^[A-Za-z0-9._-]*$", var.settings.environment))
    error_message = "A branch or environment has letters, digits, dots, dashes, underscores, and a branch slashes: ${var.settings.branch}, ${var.settings.environment}."
  }
}

variable "state_bucket" {
  description = "Bucket of Terraform's state."
  type        = string
  nullable    = false
}

variable "releases_bucket" {
  description = "Bucket of releases."
  type        = string
  nullable    = false
}
