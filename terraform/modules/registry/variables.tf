variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "location" {
  description = "Region of the repository."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the repository."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,61}[a-z0-9])?$", var.name))
    error_message = "`${var.name}` is no name of a repository: lower-case letters, digits and dashes."
  }
}

variable "readers" {
  description = "Who else takes images from here, name to IAM member: the Cloud Run of another project (service-NUMBER@serverless-robot-prod.iam.gserviceaccount.com) and who deploys there."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "writers" {
  description = "Who pushes images, name to IAM member."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "keep" {
  description = "Versions of each image that always stay, the prefixes of tags whose images always stay, and days after which the rest is deleted."
  type = object({
    versions = optional(number, 100)
    tags     = optional(list(string), ["keep-", "prod-"])
    days     = optional(number, 180)
  })
  nullable = false
  default  = {}

  validation {
    condition     = var.keep.versions >= 10 && var.keep.days >= 30
    error_message = "Less than 10 versions or 30 days would delete images that are deployed: a job pins them by digest."
  }
}
