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

variable "jobs" {
  description = "Names of the jobs, the orchestrator's among them."
  type        = set(string)
  nullable    = false
}
