variable "release" {
  description = "The decoded release.json: the resolved pipeline and the images that are deployed together."
  type = object({
    format   = number
    revision = string
    pipeline = object({
      name             = string
      description      = string
      deadline_seconds = number
      schedule = object({
        cron      = string
        time_zone = string
      })
      steps = list(object({
        name            = string
        description     = string
        tasks           = number
        parallelism     = number
        cpu             = number
        memory_mib      = number
        timeout_seconds = number
        env             = map(string)
        secrets         = map(string)
        outputs = list(object({
          name              = string
          freshness_seconds = optional(number)
        }))
      }))
      alerts = optional(list(object({
        webhook = string
      })), [])
    })
    images       = map(object({ ref = string, digest = string, command = list(string) }))
    orchestrator = object({ ref = string, digest = string, command = list(string) })
  })

  validation {
    condition     = var.release.format == 1
    error_message = "The release has format ${var.release.format}; these modules read format 1. Build the release anew with this commit."
  }

  validation {
    condition     = toset(var.release.pipeline.steps[*].name) == toset(keys(var.release.images))
    error_message = "Steps and images of the release differ: ${join(", ", setsubtract(setunion(var.release.pipeline.steps[*].name, keys(var.release.images)), setintersection(var.release.pipeline.steps[*].name, keys(var.release.images))))}. Build the release anew."
  }

  validation {
    condition = alltrue([
      for image in concat(values(var.release.images), [var.release.orchestrator]) :
      can(regex("^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/[a-z0-9][a-z0-9._-]*)+(:[A-Za-z0-9_][A-Za-z0-9._-]{0,127})?@sha256:[0-9a-f]{64}$", image.ref))
    ])
    error_message = "Cloud Run takes images of a registry by digest (HOST/PATH@sha256:…), and the release has: ${join(", ", distinct([for image in concat(values(var.release.images), [var.release.orchestrator]) : image.ref if !can(regex("^[a-z0-9][a-z0-9.-]*(:[0-9]{1,5})?(/.+)@sha256:[0-9a-f]{64}$", image.ref))]))}. Push the images: ./bazelw run //deploy:push."
  }

  validation {
    condition     = alltrue([for image in concat(values(var.release.images), [var.release.orchestrator]) : endswith(image.ref, "@${image.digest}")])
    error_message = "A reference and a digest of the release disagree: ${join(", ", [for image in concat(values(var.release.images), [var.release.orchestrator]) : image.ref if !endswith(image.ref, "@${image.digest}")])}. Build the release anew."
  }

  validation {
    condition     = length(setintersection(["orchestrator", "scheduler", "beacon"], var.release.pipeline.steps[*].name)) == 0
    error_message = "A step has a name that an identity of the pipeline has (orchestrator, scheduler, beacon). Rename the step."
  }

  validation {
    condition     = alltrue([for name in concat(var.release.pipeline.steps[*].name, ["orchestrator"]) : length("${var.release.pipeline.name}-${name}") <= 49])
    error_message = "Cloud Run makes the names of executions from those of jobs, which may have 49 characters: ${join(", ", [for name in concat(var.release.pipeline.steps[*].name, ["orchestrator"]) : "${var.release.pipeline.name}-${name}" if length("${var.release.pipeline.name}-${name}") > 49])}. Shorten the pipeline's or the step's name."
  }

  validation {
    condition     = alltrue([for step in var.release.pipeline.steps : step.memory_mib >= 512 && step.timeout_seconds > 0 && step.timeout_seconds <= 604800])
    error_message = "Cloud Run gives a task at least 512 MiB and at most 168 hours: ${join(", ", [for step in var.release.pipeline.steps : step.name if !(step.memory_mib >= 512 && step.timeout_seconds > 0 && step.timeout_seconds <= 604800)])}. Change memory or timeout in pipeline.yaml."
  }
}

variable "release_sha256" {
  description = "SHA-256 of the text of release.json."
  type        = string
  nullable    = false

  validation {
    condition     = can(regex("^[0-9a-f]{64}$", var.release_sha256))
    error_message = "`release_sha256` is no SHA-256 in hexadecimal digits."
  }
}

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

variable "buckets" {
  description = "Names of the buckets: of the orchestrator's events, of what steps publish, of releases."
  type        = object({ events = string, data = string, releases = string })
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

variable "env" {
  description = "This environment's values for variables that steps have in the pipeline; a variable that no step has is refused."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = length(setsubtract(keys(var.env), flatten([for step in var.release.pipeline.steps : keys(step.env)]))) == 0
    error_message = "No step of the pipeline has the variable ${join(", ", setsubtract(keys(var.env), flatten([for step in var.release.pipeline.steps : keys(step.env)])))}. Name one that a step's `env` has, or remove it from the environment's `env`."
  }
}

variable "secret_versions" {
  description = "Version of each secret that jobs read: a number, or `latest`, which is also taken for a secret that is not named."
  type        = map(string)
  nullable    = false
  default     = {}

  validation {
    condition     = alltrue([for version in values(var.secret_versions) : can(regex("^(latest|[1-9][0-9]*)$", version))])
    error_message = "A secret's version is a number or `latest`, not ${join(", ", [for version in values(var.secret_versions) : "`${version}`" if !can(regex("^(latest|[1-9][0-9]*)$", version))])}."
  }
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

variable "database_secrets" {
  description = "Secrets that hold addresses of this environment's database: jobs that read one reach the private network."
  type        = set(string)
  nullable    = false
  default     = []
}

variable "deployers" {
  description = "Who deploys without being the project's owner, name to IAM member: they may act as the jobs' identities."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "due_minutes" {
  description = "How many minutes after its time a run has to be seen, before somebody is told that it is missing."
  type        = number
  nullable    = false
  default     = 49

  validation {
    condition     = var.due_minutes >= 5 && var.due_minutes <= 1380
    error_message = "`due_minutes` is ${var.due_minutes}; it may be 5 to 1380."
  }
}
