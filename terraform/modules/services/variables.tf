variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "services" {
  description = "APIs that are switched on."
  type        = set(string)
  nullable    = false
}
