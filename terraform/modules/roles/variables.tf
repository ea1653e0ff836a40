variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}
