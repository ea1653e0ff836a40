variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "secrets" {
  description = "Names of the secrets."
  type        = set(string)
  nullable    = false

  validation {
    condition     = alltrue([for name in var.secrets : can(regex("^[A-Za-z0-9_-]{1,255}$", name))])
    error_message = "A secret's name has letters, digits, dashes and underscores: ${join(", ", [for name in var.secrets : name if !can(regex("^[A-Za-z0-9_-]{1,255}$", name))])}."
  }
}

variable "grants" {
  description = "Who may read a secret: `target` is its name."
  type        = map(object({ identity = string, role = string, target = string, why = string }))
  nullable    = false
}

variable "members" {
  description = "IAM members, by who they are."
  type        = map(string)
  nullable    = false
}
