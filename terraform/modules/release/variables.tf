variable "bucket" {
  description = "Bucket of releases."
  type        = string
  nullable    = false
}

variable "name" {
  description = "Name of the object; it tells the content, so that another content has another name."
  type        = string
  nullable    = false
}

variable "content" {
  description = "The text of release.json."
  type        = string
  nullable    = false
}
