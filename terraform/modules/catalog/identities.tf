# A service account for each job, and one each for what Cloud Scheduler calls.

locals {
  _wanted = merge(
    { for name, step in local._steps : name => { account = local._names[name], text = "Runs the step ${name}." } },
    {
      orchestrator = { account = local._names["orchestrator"], text = "Starts the steps and watches them." }
      scheduler    = { account = "${local._pipeline.name}-scheduler", text = "Triggers the orchestrator's job." }
      beacon       = { account = "${local._pipeline.name}-beacon", text = "Marks the time in the log, for the alert of a missing run." }
    },
  )

  # An account's id has 6 to 30 characters; what is shorter or longer is told apart by a hash.
  identities = {
    for key, each in local._wanted : key => {
      account_id = (
        length(each.account) >= 6 && length(each.account) <= 30
        ? each.account
        : "${trimsuffix(substr(each.account, 0, min(21, length(each.account))), "-")}-${substr(sha256(each.account), 0, 8)}"
      )
      description = each.text
    }
  }

  # Full names of the roles of modules/roles.
  _roles = {
    for role in ["herald", "keeper", "lister", "publisher", "reader", "runner", "trigger"] :
    role => "projects/${var.project}/roles/nightjar_${role}"
  }
}
