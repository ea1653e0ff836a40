variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^([a-z][a-z0-9.-]*:)?[a-z][a-z0-9-]{2,28}[a-z0-9]$", var.project))
    error_message = "`${var.project}` is no project's id: write it as Google shows it, in lower case."
  }
}

variable "region" {
  description = "Region of jobs and buckets."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]+(-[a-z]+)+[0-9]+$", var.region))
    error_message = "`${var.region}` is no region: write one such as us-east4."
  }
}

variable "repository" {
  description = "Repository of the images, HOST/PROJECT/NAME; `//deploy:push` pushes there."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z0-9.-]+(:[0-9]+)?(/[a-z0-9.:_-]+)+$", var.repository))
    error_message = "`${var.repository}` is no repository: write HOST/PROJECT/NAME, such as us-east4-docker.pkg.dev/PROJECT/nightjar."
  }
}

variable "state_bucket" {
  description = "Bucket of Terraform's state; `//deploy` names it to the backend."
  type        = string
  nullable    = false
}

variable "releases_bucket" {
  description = "Bucket of releases; terraform/foundation makes it."
  type        = string
  nullable    = false
}

variable "ci" {
  description = "Who CI is, null for none: GitHub's numbers of owner and repository, and from which branch and GitHub environment may be deployed."
  type = object({
    owner_id      = string
    repository_id = string
    branch        = optional(string, "main")
    environment   = optional(string, "")
  })
  default = null
}

variable "registry" {
  description = "Who else takes images from the repository, name to IAM member, and what of it is kept: see modules/registry."
  type = object({
    readers = optional(map(string), {})
    keep = optional(object({
      versions = optional(number, 100)
      tags     = optional(list(string), ["keep-", "prod-"])
      days     = optional(number, 180)
    }), {})
  })
  nullable = false
  default  = {}
}
