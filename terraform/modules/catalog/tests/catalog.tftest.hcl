# What a release and an environment's values become. No provider, no network.

variables {
  release        = jsondecode(file("../../testdata/release.json"))
  release_sha256 = filesha256("../../testdata/release.json")
  project        = "nightjar-test"
  region         = "us-east4"
  buckets        = { events = "nightjar-test-events", data = "nightjar-test-data", releases = "nightjar-test-releases" }
}

run "every_step_has_a_job" {
  command = plan

  assert {
    condition     = { for name, job in output.steps : name => job.name } == { fetch = "toy-fetch", load_all = "toy-load-all", show = "toy-show" }
    error_message = "The jobs are not those of the steps, by the names of the contract."
  }

  assert {
    condition     = alltrue([for job in values(output.steps) : job.max_retries == 0 && can(regex("@sha256:[0-9a-f]{64}$", job.image))])
    error_message = "A step's attempts are counted by nightjar alone, and its image is a digest."
  }

  assert {
    condition     = [output.steps["fetch"].tasks, output.steps["fetch"].parallelism, output.steps["fetch"].timeout_seconds] == [4, 4, 91]
    error_message = "Parallelism goes as far as there are tasks, and seconds are whole."
  }

  assert {
    condition     = [output.steps["load_all"].cpu, output.steps["load_all"].memory_mib] == [2, 2048]
    error_message = "CPU and memory are those of the release."
  }

  assert {
    condition     = output.steps["load_all"].command == tolist(["/bin/load", "--all"]) && length(output.steps["fetch"].command) == 0
    error_message = "A command is that of the release, and none where the image has its own."
  }

  assert {
    condition     = output.steps["fetch"].env == { SERVICE = "https://example.org/", NIGHTJAR_PROJECT = "nightjar-test" }
    error_message = "A step has its own variables, and the project by which lines of a log are joined."
  }

  assert {
    condition     = output.steps["load_all"].secrets["NIGHTJAR_DATABASE"] == { secret = "database", version = "latest" }
    error_message = "A secret is named, by its latest version where none is given."
  }
}

run "the_orchestrator_is_set_by_variables" {
  command = plan

  assert {
    condition     = output.orchestrator.name == "toy-orchestrator" && output.orchestrator.args == ["run"] && output.orchestrator.max_retries == 3
    error_message = "The orchestrator runs the day that is due, and is run again when it dies."
  }

  assert {
    condition     = output.orchestrator.timeout_seconds == 11400
    error_message = "Its timeout is the run's deadline and ten minutes."
  }

  assert {
    condition     = output.orchestrator.env["NIGHTJAR_STORE"] == "gs://nightjar-test-events/toy" && output.orchestrator.env["NIGHTJAR_STORAGE"] == "gs://nightjar-test-data/toy"
    error_message = "Runs are kept in the bucket of events, and steps publish in that of data."
  }

  assert {
    condition     = output.orchestrator.env["NIGHTJAR_RELEASE"] == "gs://nightjar-test-releases/${output.release.name}"
    error_message = "It reads the release that lies in the bucket of releases."
  }

  assert {
    condition     = startswith(output.release.name, "deployed/toy/0123456789abcdef0123456789abcdef01234567-${substr(filesha256("../../testdata/release.json"), 0, 12)}")
    error_message = "The object's name tells revision and content."
  }

  assert {
    condition     = output.orchestrator.secrets == { NIGHTJAR_SECRET_ON_CALL = { secret = "on-call", version = "latest" } }
    error_message = "The webhook of an alert comes from its secret."
  }

  assert {
    condition     = !anytrue([for name in keys(output.steps["fetch"].env) : startswith(name, "CLOUD_RUN_")])
    error_message = "Names that Cloud Run keeps for itself are not set."
  }
}

run "a_long_deadline_ends_with_what_cloud_run_gives" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      pipeline = merge(jsondecode(file("../../testdata/release.json")).pipeline, { deadline_seconds = 604800 })
    })
  }

  assert {
    condition     = output.orchestrator.timeout_seconds == 604800
    error_message = "168 hours are the most."
  }
}

run "each_identity_has_its_own_account" {
  command = plan

  assert {
    condition     = { for key, each in output.identities : key => each.account_id } == { fetch = "toy-fetch", load_all = "toy-load-all", show = "toy-show", orchestrator = "toy-orchestrator", scheduler = "toy-scheduler", beacon = "toy-beacon" }
    error_message = "One account a job, and one each for what Scheduler calls."
  }
}

run "accounts_have_names_that_google_takes" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      images = { a = jsondecode(file("../../testdata/release.json")).orchestrator, an_extraordinarily_long_name = jsondecode(file("../../testdata/release.json")).orchestrator }
      pipeline = merge(jsondecode(file("../../testdata/release.json")).pipeline, {
        name = "t"
        steps = [
          for name in ["a", "an_extraordinarily_long_name"] : merge(jsondecode(file("../../testdata/release.json")).pipeline.steps[0], { name = name })
        ]
      })
    })
  }

  assert {
    condition     = alltrue([for each in values(output.identities) : can(regex("^[a-z][a-z0-9-]{4,28}[a-z0-9]$", each.account_id))])
    error_message = "An account's id has 6 to 30 characters."
  }

  assert {
    condition     = length(distinct([for each in values(output.identities) : each.account_id])) == 5
    error_message = "Two identities share an account."
  }
}

run "rights_are_those_that_are_needed" {
  command = plan

  assert {
    condition     = keys(output.grants.steps) == ["orchestrator/runner/toy-fetch", "orchestrator/runner/toy-load-all", "orchestrator/runner/toy-show"]
    error_message = "The orchestrator may run exactly the steps' jobs, each by a right on that job."
  }

  assert {
    condition     = [for grant in values(output.grants.orchestrator) : [grant.identity, grant.role]] == [["scheduler", "projects/nightjar-test/roles/nightjar_trigger"]]
    error_message = "Scheduler's identity may run the orchestrator's job, and nobody else may."
  }

  assert {
    condition     = { for key, grant in output.grants.secrets : key => grant.target } == { "load_all/secretAccessor/database" = "database", "orchestrator/secretAccessor/on-call" = "on-call" }
    error_message = "A secret is read by the jobs that name it."
  }

  assert {
    condition     = keys(output.grants.project) == ["beacon/herald"]
    error_message = "In the whole project nobody may do anything, but for who marks the time."
  }

  assert {
    condition = alltrue([
      for grant in concat(values(output.grants.steps), values(output.grants.orchestrator), values(output.grants.secrets), values(output.grants.buckets), values(output.grants.project)) :
      length(grant.why) > 10
    ])
    error_message = "Each right says why."
  }

  assert {
    condition     = strcontains(output.grants.buckets["load_all/publisher/nightjar-test-data"].condition.expression, "resource.name.extract(\"/load_all/{rest}\")") && output.grants.buckets["load_all/publisher/nightjar-test-data"].role == "projects/nightjar-test/roles/nightjar_publisher"
    error_message = "A step creates content by its hash, and what lies in its own folders."
  }

  assert {
    condition     = length([for grant in values(output.grants.buckets) : grant if grant.identity == "orchestrator" && grant.target == "nightjar-test-data"]) == 0
    error_message = "The orchestrator neither reads nor writes what steps publish."
  }
}

run "settings_change_rights" {
  command = plan

  variables {
    orchestrator     = { poll_by_listing = true }
    store_secret     = "store"
    database_secrets = ["database", "store"]
    muted_webhooks   = ["on-call"]
    secret_versions  = { database = "3" }
    deployers        = { ci = "serviceAccount:ci-apply@nightjar-test.iam.gserviceaccount.com" }
    env              = { SERVICE = "https://elsewhere.example/" }
  }

  assert {
    condition     = keys(output.grants.project) == ["beacon/herald", "load_all/client", "load_all/instanceUser", "orchestrator/client", "orchestrator/instanceUser", "orchestrator/lister"]
    error_message = "Listing and the database need rights in the project, of those who use them."
  }

  assert {
    condition     = output.orchestrator.secrets == { NIGHTJAR_STORE = { secret = "store", version = "latest" } } && !contains(keys(output.orchestrator.env), "NIGHTJAR_STORE")
    error_message = "A PostgreSQL store's address is a secret; a muted webhook is none."
  }

  assert {
    condition     = length([for key in keys(output.grants.buckets) : key if strcontains(key, "keeper")]) == 0
    error_message = "With a PostgreSQL store nobody keeps objects."
  }

  assert {
    condition     = [output.orchestrator.private, output.steps["load_all"].private, output.steps["fetch"].private] == [true, true, false] && output.logins == toset(["load_all", "orchestrator"])
    error_message = "Jobs that read an address of the database reach it, and others do not."
  }

  assert {
    condition     = output.secret_versions == { database = "3", store = "latest" } && output.steps["fetch"].env["SERVICE"] == "https://elsewhere.example/"
    error_message = "The environment chooses versions of secrets and values of variables."
  }

  assert {
    condition     = length(output.grants.identities) == 6 && output.orchestrator.env["NIGHTJAR_POLL_BY_LISTING"] == "yes"
    error_message = "Who deploys may act as each identity."
  }
}

run "a_missing_run_is_known_by_one_in_the_morning" {
  command = plan

  assert {
    condition     = output.schedule == { cron = "1 0 * * *", time_zone = "America/New_York", due_cron = "50 0 * * *", due_minutes = 49 }
    error_message = "A run of 00:01 is missing at 00:50, on the same clocks."
  }

  assert {
    condition     = output.freshness == { show = { job = "toy-show", seconds = 129600 } }
    error_message = "The strictest promise of a step counts."
  }
}

run "no_time_of_the_day_is_no_alert" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      pipeline = merge(jsondecode(file("../../testdata/release.json")).pipeline, { schedule = { cron = "*/5 * * * *", time_zone = "Etc/UTC" } })
    })
  }

  assert {
    condition     = output.schedule.due_cron == null
    error_message = "Of a cron with many times a day nothing is missing at one."
  }
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      orchestrator = { ref = "us-east4-docker.pkg.dev/p/r/orchestrator:latest", digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000", command = [] }
    })
  }

  expect_failures = [var.release]
}

run "an_image_of_this_machine_is_refused" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      images = { for name, image in jsondecode(file("../../testdata/release.json")).images : name => merge(image, { ref = "layout:images/${name}" }) }
    })
  }

  expect_failures = [var.release]
}

run "an_image_of_another_digest_is_refused" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      orchestrator = merge(jsondecode(file("../../testdata/release.json")).orchestrator, { digest = "sha256:0000000000000000000000000000000000000000000000000000000000000000" })
    })
  }

  expect_failures = [var.release]
}

run "a_step_without_an_image_is_refused" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), { images = {} })
  }

  expect_failures = [var.release]
}

run "a_step_that_is_called_as_an_identity_is_refused" {
  command = plan

  variables {
    release = merge(jsondecode(file("../../testdata/release.json")), {
      images   = { orchestrator = jsondecode(file("../../testdata/release.json")).orchestrator }
      pipeline = merge(jsondecode(file("../../testdata/release.json")).pipeline, { steps = [merge(jsondecode(file("../../testdata/release.json")).pipeline.steps[0], { name = "orchestrator" })] })
    })
  }

  expect_failures = [var.release]
}

run "a_variable_that_no_step_has_is_refused" {
  command = plan

  variables {
    env = { SERVCE = "https://elsewhere.example/" }
  }

  expect_failures = [var.env]
}

run "a_version_that_is_none_is_refused" {
  command = plan

  variables {
    secret_versions = { database = "newest" }
  }

  expect_failures = [var.secret_versions]
}
