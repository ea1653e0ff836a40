# One job for each step and one for the orchestrator. Names are those of steps/kit/contract.py.

locals {
  _pipeline = var.release.pipeline
  _steps    = { for step in local._pipeline.steps : step.name => step }
  _names    = { for name in concat(keys(local._steps), ["orchestrator"]) : name => "${local._pipeline.name}-${replace(name, "_", "-")}" }

  # By the variable that a job finds it in: secret and version.
  _secrets = merge(
    { for name, step in local._steps : name => step.secrets },
    {
      orchestrator = merge(
        {
          for alert in local._pipeline.alerts :
          "NIGHTJAR_SECRET_${upper(replace(alert.webhook, "-", "_"))}" => alert.webhook
          if !contains(var.muted_webhooks, alert.webhook)
        },
        var.store_secret == null ? {} : { NIGHTJAR_STORE = var.store_secret },
      )
    },
  )
  _references = {
    for job, secrets in local._secrets : job => {
      for variable, secret in secrets : variable => { secret = secret, version = lookup(var.secret_versions, secret, "latest") }
    }
  }
  secret_versions = {
    for secret in distinct(flatten([for secrets in values(local._secrets) : values(secrets)])) : secret => lookup(var.secret_versions, secret, "latest")
  }
  _private = { for job, secrets in local._secrets : job => length(setintersection(values(secrets), var.database_secrets)) > 0 }

  # A copy of the release under a name that says what is in it: an execution reads the one that it was started with.
  _release_folder = "deployed/${local._pipeline.name}"
  _release_name   = "${local._release_folder}/${var.release.revision}-${substr(var.release_sha256, 0, 12)}.json"

  steps = {
    for name, step in local._steps : name => {
      name            = local._names[name]
      image           = var.release.images[name].ref
      command         = var.release.images[name].command
      args            = []
      cpu             = step.cpu
      memory_mib      = step.memory_mib
      timeout_seconds = ceil(step.timeout_seconds)
      tasks           = step.tasks
      parallelism     = min(step.parallelism, step.tasks)
      max_retries     = 0
      identity        = name
      private         = local._private[name]
      secrets         = local._references[name]
      # The orchestrator gives an attempt the rest of the contract's variables when it starts it.
      env = merge(
        { for variable, value in step.env : variable => lookup(var.env, variable, value) },
        { NIGHTJAR_PROJECT = var.project },
      )
    }
  }

  # Settings are variables, not arguments: `nightjar --env` replaces the arguments and keeps the variables.
  orchestrator = {
    name            = local._names["orchestrator"]
    image           = var.release.orchestrator.ref
    command         = var.release.orchestrator.command
    args            = ["run"]
    cpu             = var.orchestrator.cpu
    memory_mib      = var.orchestrator.memory_mib
    timeout_seconds = min(ceil(local._pipeline.deadline_seconds) + var.orchestrator.margin_seconds, 604800)
    tasks           = 1
    parallelism     = 1
    max_retries     = 3
    identity        = "orchestrator"
    private         = local._private["orchestrator"]
    secrets         = local._references["orchestrator"]
    env = merge(
      {
        NIGHTJAR_BY                  = "Cloud Run"
        NIGHTJAR_LAUNCHES_PER_MINUTE = tostring(var.orchestrator.launches_per_minute)
        NIGHTJAR_LOG_FORMAT          = "json"
        NIGHTJAR_POLL_BY_LISTING     = var.orchestrator.poll_by_listing ? "yes" : "no"
        NIGHTJAR_PROJECT             = var.project
        NIGHTJAR_REGION              = var.region
        NIGHTJAR_RELEASE             = "gs://${var.buckets.releases}/${local._release_name}"
        NIGHTJAR_RUNNER              = "cloud-run"
        NIGHTJAR_STORAGE             = "gs://${var.buckets.data}/${local._pipeline.name}"
      },
      var.store_secret == null ? { NIGHTJAR_STORE = "gs://${var.buckets.events}/${local._pipeline.name}" } : {},
    )
  }
}
