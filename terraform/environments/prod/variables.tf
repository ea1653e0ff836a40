variable "release_file" {
  description = "Path of the release.json that is deployed."
  type        = string
  nullable    = false

  validation {
    condition     = can(jsondecode(file(var.release_file)))
    error_message = "${var.release_file} is no JSON that can be read. `./bazelw run //deploy:push` writes one."
  }
}

variable "environment" {
  description = "Name of the environment; everything in it is labelled with it."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[a-z]([a-z0-9-]{0,30}[a-z0-9])?$", var.environment))
    error_message = "`${var.environment}` is no name of an environment: lower-case letters, digits and dashes."
  }
}

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

variable "events_bucket" {
  description = "Bucket in which the orchestrator keeps its runs."
  type        = string
  nullable    = false
}

variable "data_bucket" {
  description = "Bucket in which steps publish."
  type        = string
  nullable    = false
}

variable "releases_bucket" {
  description = "Bucket of releases; terraform/foundation makes it."
  type        = string
  nullable    = false
}

variable "orchestrator" {
  description = "What the orchestrator's job gets: CPUs, memory, seconds beyond the run's deadline, and how it asks Cloud Run."
  type = object({
    cpu                 = optional(number, 1)
    memory_mib          = optional(number, 512)
    margin_seconds      = optional(number, 600)
    poll_by_listing     = optional(bool, false)
    launches_per_minute = optional(number, 60)
  })
  nullable = false
  default  = {}
}

variable "schedule" {
  description = "Whether nothing is triggered for now, and where Cloud Scheduler is if not in `region`. When a run is due says the pipeline."
  type        = object({ paused = optional(bool, false), region = optional(string) })
  nullable    = false
  default     = {}
}

variable "env" {
  description = "This environment's values for variables that steps have in the pipeline."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "secret_versions" {
  description = "Version of each secret that jobs read: a number, or `latest`, which is also taken for a secret that is not named."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "muted_webhooks" {
  description = "Webhooks of the pipeline's alerts that are not told here: their secrets need no version in this environment."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "store_secret" {
  description = "Secret that holds the PostgreSQL URL of the orchestrator's store; null keeps runs in the bucket of events."
  type        = string
  default     = null
}

variable "retention" {
  description = "Days after which what steps published is moved to Nearline, and deleted; null: never."
  type        = object({ cold_days = optional(number), delete_days = optional(number) })
  nullable    = false
  default     = {}
}

variable "database" {
  description = "Cloud SQL for PostgreSQL, null for none: the secrets that hold its address (jobs that read one get there), machine, availability, version, days of backups, protection against deletion, range of the jobs' addresses."
  type = object({
    secrets             = set(string)
    tier                = optional(string, "db-f1-micro")
    availability        = optional(string, "ZONAL")
    version             = optional(string, "POSTGRES_17")
    backups             = optional(number, 7)
    deletion_protection = optional(bool, true)
    range               = optional(string, "10.8.0.0/26")
  })
  default = null
}

variable "alerts" {
  description = "Who is told: addresses of mail by a name for them, and notification channels that exist."
  type        = object({ emails = optional(map(string), {}), channels = optional(set(string), []) })
  nullable    = false
  default     = {}
}

variable "dashboard" {
  description = "Whether there is a dashboard of the jobs."
  type        = bool
  nullable    = false
  default     = false
}

variable "budget" {
  description = "A monthly budget by which the billing account's administrators are told, null for none."
  type        = object({ billing_account = string, project_number = number, currency = optional(string, "USD"), units = number })
  default     = null
}

variable "ci" {
  description = "Who CI is, null for none: terraform/foundation makes its identities, and here they get the right to act as those of the jobs."
  type = object({
    owner_id      = string
    repository_id = string
    branch        = optional(string, "main")
    environment   = optional(string, "")
  })
  default = null
}

variable "registry" {
  description = "Settings of the repository of images: terraform/foundation reads them."
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
