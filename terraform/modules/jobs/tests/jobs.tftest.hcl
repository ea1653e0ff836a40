mock_provider "google" {}

variables {
  project = "nightjar-test"
  region  = "us-east4"
  jobs = {
    load = {
      name            = "toy-load"
      image           = "us-east4-docker.pkg.dev/p/r/load@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef"
      command         = []
      args            = []
      cpu             = 2
      memory_mib      = 1024
      timeout_seconds = 600
      tasks           = 4
      parallelism     = 2
      max_retries     = 0
      identity        = "load"
      private         = true
      env             = { LIMIT = "5", NIGHTJAR_PROJECT = "nightjar-test" }
      secrets         = { NIGHTJAR_DATABASE = { secret = "database", version = "3" } }
    }
  }
  emails  = { load = "toy-load@nightjar-test.iam.gserviceaccount.com" }
  members = { orchestrator = "serviceAccount:toy-orchestrator@nightjar-test.iam.gserviceaccount.com" }
  grants  = { "orchestrator/runner/toy-load" = { identity = "orchestrator", role = "projects/nightjar-test/roles/nightjar_runner", target = "load", why = "It runs it." } }
  secrets = { database = "database" }
}

run "a_job_is_what_the_release_says" {
  command = plan

  assert {
    condition     = google_cloud_run_v2_job.this["load"].name == "toy-load" && google_cloud_run_v2_job.this["load"].location == "us-east4"
    error_message = "Name and region are those of the job."
  }

  assert {
    condition     = [google_cloud_run_v2_job.this["load"].template[0].task_count, google_cloud_run_v2_job.this["load"].template[0].parallelism, google_cloud_run_v2_job.this["load"].template[0].template[0].max_retries] == [4, 2, 0]
    error_message = "Tasks, parallelism and retries are those of the job."
  }

  assert {
    condition     = google_cloud_run_v2_job.this["load"].template[0].template[0].timeout == "600s" && google_cloud_run_v2_job.this["load"].template[0].template[0].service_account == "toy-load@nightjar-test.iam.gserviceaccount.com"
    error_message = "Timeout and identity are those of the job."
  }

  assert {
    condition     = google_cloud_run_v2_job.this["load"].template[0].template[0].containers[0].resources[0].limits == tomap({ cpu = "2", memory = "1024Mi" })
    error_message = "CPU and memory are those of the job."
  }

  assert {
    condition     = sort([for variable in google_cloud_run_v2_job.this["load"].template[0].template[0].containers[0].env : variable.name]) == tolist(["LIMIT", "NIGHTJAR_DATABASE", "NIGHTJAR_PROJECT"])
    error_message = "Variables and secrets come to the container."
  }

  assert {
    condition = one([
      for variable in google_cloud_run_v2_job.this["load"].template[0].template[0].containers[0].env : variable.value_source[0].secret_key_ref[0].version if variable.name == "NIGHTJAR_DATABASE"
    ]) == "3"
    error_message = "A secret is a reference to its version, never a value."
  }

  assert {
    condition     = length(google_cloud_run_v2_job.this["load"].template[0].template[0].vpc_access) == 0
    error_message = "Where there is no network a job has none."
  }

  assert {
    condition     = google_cloud_run_v2_job_iam_member.this["orchestrator/runner/toy-load"].name == "toy-load"
    error_message = "The right is on this job alone."
  }
}

run "a_private_job_reaches_the_network" {
  command = plan

  variables {
    network = { network = "toy", subnetwork = "toy-jobs" }
  }

  assert {
    condition     = google_cloud_run_v2_job.this["load"].template[0].template[0].vpc_access[0].egress == "PRIVATE_RANGES_ONLY" && google_cloud_run_v2_job.this["load"].template[0].template[0].vpc_access[0].network_interfaces[0].subnetwork == "toy-jobs"
    error_message = "Only private addresses go through the network."
  }
}

run "an_image_by_tag_is_refused" {
  command = plan

  variables {
    jobs = {
      load = {
        name            = "toy-load", image = "us-east4-docker.pkg.dev/p/r/load:latest", command = [], args = [], cpu = 1, memory_mib = 512
        timeout_seconds = 600, tasks = 1, parallelism = 1, max_retries = 0, identity = "load", private = false, env = {}, secrets = {}
      }
    }
  }

  expect_failures = [google_cloud_run_v2_job.this["load"]]
}

run "three_cpus_are_refused" {
  command = plan

  variables {
    jobs = {
      load = {
        name            = "toy-load", image = "r@sha256:0123456789abcdef0123456789abcdef0123456789abcdef0123456789abcdef", command = [], args = [], cpu = 3, memory_mib = 512
        timeout_seconds = 600, tasks = 1, parallelism = 1, max_retries = 0, identity = "load", private = false, env = {}, secrets = {}
      }
    }
  }

  expect_failures = [var.jobs]
}
