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

variable "jobs" {
  description = "The jobs, by step, or `orchestrator`. `secrets` and `env` are by the variable that the container finds them in."
  type = map(object({
    name            = string
    image           = string
    command         = list(string)
    args            = list(string)
    cpu             = number
    memory_mib      = number
    timeout_seconds = number
    tasks           = number
    parallelism     = number
    max_retries     = number
    identity        = string
    private         = bool
    env             = map(string)
    secrets         = map(object({ secret = string, version = string }))
  }))
  nullable = false

  validation {
    condition     = alltrue([for job in values(var.jobs) : contains([1, 2, 4, 6, 8], job.cpu)])
    error_message = "Cloud Run gives a job 1, 2, 4, 6 or 8 CPUs: ${join(", ", [for job in values(var.jobs) : "${job.name} wants ${job.cpu}" if !contains([1, 2, 4, 6, 8], job.cpu)])}."
  }

  validation {
    condition     = alltrue([for job in values(var.jobs) : job.max_retries >= 0 && job.max_retries <= 10 && job.tasks >= 1 && job.tasks <= 10000])
    error_message = "Cloud Run takes 0 to 10 retries and 1 to 10,000 tasks: ${join(", ", [for job in values(var.jobs) : job.name if !(job.max_retries >= 0 && job.max_retries <= 10 && job.tasks >= 1 && job.tasks <= 10000)])}."
  }
}

variable "emails" {
  description = "Addresses of the service accounts, by who they are."
  type        = map(string)
  nullable    = false
}

variable "members" {
  description = "IAM members, by who they are."
  type        = map(string)
  nullable    = false
}

variable "grants" {
  description = "Who may do what with a job: `target` is a key of `jobs`."
  type        = map(object({ identity = string, role = string, target = string, why = string }))
  nullable    = false
}

variable "secrets" {
  description = "Names of the secrets that exist and can be read, by name."
  type        = map(string)
  nullable    = false
  default     = {}
}

variable "network" {
  description = "Network and subnetwork that private jobs reach; null where there is none."
  type        = object({ network = string, subnetwork = string })
  default     = null
}
