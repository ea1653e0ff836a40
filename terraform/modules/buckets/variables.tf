variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Where the buckets are: a region, or a multi-region such as US."
  type        = string
  nullable    = false
}

variable "buckets" {
  description = "The buckets by name: folders whose objects live some days only, days after which all is moved to Nearline or deleted (null: never), and whether former versions are kept."
  type = map(object({
    short_lived = optional(map(number), {})
    cold_days   = optional(number)
    delete_days = optional(number)
    versions    = optional(bool, false)
  }))
  nullable = false

  validation {
    condition     = alltrue([for name in keys(var.buckets) : can(regex("^[a-z0-9][a-z0-9._-]{1,61}[a-z0-9]$", name))])
    error_message = "A bucket's name has 3 to 63 lower-case letters, digits, dashes, underscores and dots: ${join(", ", keys(var.buckets))}."
  }
}

variable "grants" {
  description = "Who may do what with objects: `target` is a bucket's name, of these buckets or another."
  type = map(object({
    identity  = string
    role      = string
    target    = string
    condition = optional(object({ title = string, expression = string }))
    why       = string
  }))
  nullable = false
  default  = {}
}

variable "members" {
  description = "IAM members, by who they are."
  type        = map(string)
  nullable    = false
  default     = {}
}
