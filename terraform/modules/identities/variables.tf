variable "project" {
  description = "Id of the project."
  type        = string
  nullable    = false
}

variable "identities" {
  description = "Service accounts, by who they are."
  type        = map(object({ account_id = string, description = string }))
  nullable    = false
}

variable "project_grants" {
  description = "What identities may do in the whole project."
  type        = map(object({ identity = string, role = string, why = string }))
  nullable    = false
}

variable "identity_grants" {
  description = "Who may act as an identity: `target` is a key of `identities`."
  type        = map(object({ member = string, role = string, target = string, why = string }))
  nullable    = false
}
