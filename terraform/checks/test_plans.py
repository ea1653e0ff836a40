"""What a plan of an environment holds, with its own values and the steps of this repository's pipeline."""

from __future__ import annotations

import base64
import json
import re
from collections.abc import Mapping
from typing import Any

import pytest

from orchestrator import config
from orchestrator.config import LogFormat, RunnerKind, StoreKind
from orchestrator.core.model import secret_variable
from steps.kit.contract import job_name
from terraform.checks import places, plans
from terraform.checks.plans import Resource

RELEASE = places.release()
PIPELINE = RELEASE["pipeline"]
STEPS = {step["name"]: step for step in PIPELINE["steps"]}
JOBS = {job_name(PIPELINE["name"], name) for name in [*STEPS, "orchestrator"]}
ORCHESTRATOR = job_name(PIPELINE["name"], "orchestrator")

OPTIONS = (
    "by",
    "launches_per_minute",
    "log_format",
    "poll_by_listing",
    "project",
    "region",
    "release",
    "runner",
    "storage",
    "store",
)
"""What the orchestrator's job sets, by the names of the program's options."""

type Plan = Mapping[str, Any]


@pytest.fixture(scope="module", params=places.ENVIRONMENTS)
def plan(request: pytest.FixtureRequest, planned: Mapping[str, Plan]) -> Plan:
    """The first plan of an environment."""
    return planned[request.param]


def jobs(plan: Plan) -> dict[str, Resource]:
    """The jobs by their names."""
    return {each.values["name"]: each for each in plans.of_kind(plan, "google_cloud_run_v2_job")}


def task(job: Resource) -> Mapping[str, Any]:
    """The template of a job's tasks."""
    template: Mapping[str, Any] = job.values["template"][0]["template"][0]
    return template


def variables(job: Resource) -> dict[str, Any]:
    """What the container finds in its environment: values, and references to secrets."""
    given = task(job)["containers"][0]["env"]
    return {each["name"]: each["value_source"] or each["value"] for each in given}


def test_each_step_and_the_orchestrator_has_a_job(plan: Plan) -> None:
    """The jobs are those of the contract's names, and no others."""
    assert jobs(plan).keys() == JOBS


def test_images_are_the_digests_of_the_release(plan: Plan) -> None:
    """Each job runs the very image that the release names."""
    expected = {job_name(PIPELINE["name"], step): image["ref"] for step, image in RELEASE["images"].items()}
    expected[ORCHESTRATOR] = RELEASE["orchestrator"]["ref"]
    assert {name: task(job)["containers"][0]["image"] for name, job in jobs(plan).items()} == expected


def test_limits_are_those_of_the_pipeline(plan: Plan) -> None:
    """CPU, memory, timeout, tasks and parallelism of each step; no retries but the orchestrator's."""
    found = jobs(plan)
    for name, step in STEPS.items():
        job = found[job_name(PIPELINE["name"], name)]
        limits = {"cpu": str(step["cpu"]), "memory": f"{step['memory_mib']}Mi"}
        assert task(job)["containers"][0]["resources"][0]["limits"] == limits
        assert task(job)["timeout"] == f"{step['timeout_seconds']}s"
        assert job.values["template"][0]["task_count"] == step["tasks"]
        assert job.values["template"][0]["parallelism"] == min(step["parallelism"], step["tasks"])
    retries = {name: task(job)["max_retries"] for name, job in found.items()}
    assert retries == {name: 3 if name == ORCHESTRATOR else 0 for name in JOBS}
    assert task(found[ORCHESTRATOR])["timeout"] == f"{PIPELINE['deadline_seconds'] + 600}s"


def test_each_job_has_an_identity_of_its_own(plan: Plan) -> None:
    """No two jobs share an account, none has the project's default one, and Scheduler has others."""
    accounts = [task(job)["service_account"] for job in jobs(plan).values()]
    calls = [
        each.values["http_target"][0]["oauth_token"][0] for each in plans.of_kind(plan, "google_cloud_scheduler_job")
    ]
    assert len(set(accounts)) == len(JOBS)
    assert {call["service_account_email"] for call in calls}.isdisjoint(accounts)
    assert len(plans.of_kind(plan, "google_service_account")) == len(JOBS) + 2


def test_a_run_is_triggered_one_minute_past_midnight(plan: Plan) -> None:
    """Cron and zone are the pipeline's; what is called is the orchestrator's job, by Google's own token."""
    (trigger,) = [
        each for each in plans.of_kind(plan, "google_cloud_scheduler_job") if each.values["name"] == PIPELINE["name"]
    ]
    assert trigger.values["schedule"] == PIPELINE["schedule"]["cron"]
    assert trigger.values["time_zone"] == PIPELINE["schedule"]["time_zone"]
    target = trigger.values["http_target"][0]
    assert target["uri"].endswith(f"/jobs/{ORCHESTRATOR}:run")
    assert target["oauth_token"][0]["service_account_email"].startswith(f"{PIPELINE['name']}-scheduler@")
    assert not target["oidc_token"]


def test_a_missing_run_is_told_of_by_one_in_the_morning(plan: Plan) -> None:
    """The mark by which a run has to have been seen is on the same clocks, before one."""
    (due,) = [
        each for each in plans.of_kind(plan, "google_cloud_scheduler_job") if each.values["name"].endswith("-due")
    ]
    assert due.values["time_zone"] == PIPELINE["schedule"]["time_zone"]
    assert due.values["schedule"] == "50 0 * * *"
    entry = json.loads(base64.b64decode(due.values["http_target"][0]["body"]))["entries"][0]
    assert entry["jsonPayload"] == {"beacon": "due", "pipeline": PIPELINE["name"]}


def test_the_orchestrator_is_told_everything_by_variables(plan: Plan) -> None:
    """Whoever replaces its arguments keeps store, storage, release and place."""
    given = variables(jobs(plan)[ORCHESTRATOR])
    assert task(jobs(plan)[ORCHESTRATOR])["containers"][0]["args"] == ["run"]
    assert given.keys() >= {
        "NIGHTJAR_LOG_FORMAT",
        "NIGHTJAR_PROJECT",
        "NIGHTJAR_REGION",
        "NIGHTJAR_RELEASE",
        "NIGHTJAR_RUNNER",
        "NIGHTJAR_STORAGE",
        "NIGHTJAR_STORE",
    }
    (release,) = plans.of_kind(plan, "google_storage_bucket_object")
    assert given["NIGHTJAR_RELEASE"] == f"gs://{release.values['bucket']}/{release.values['name']}"
    assert release.values["deletion_policy"] == "ABANDON"


def test_the_orchestrator_understands_its_variables(plan: Plan) -> None:
    """What the job sets is what the program reads, without a problem."""
    given = variables(jobs(plan)[ORCHESTRATOR])
    plain = {name: value for name, value in given.items() if isinstance(value, str)}
    read = config.read({}, plain)
    assert (read.runner, read.store.kind, read.log_format) == (RunnerKind.CLOUD_RUN, StoreKind.OBJECTS, LogFormat.JSON)
    place = plans.outputs(plan)["place"]
    assert (read.cloud_run.project, read.cloud_run.region) == (place["project"], place["region"])
    assert read.storage == plain["NIGHTJAR_STORAGE"]
    assert plain.keys() - {f"NIGHTJAR_{name.upper()}" for name in OPTIONS} == set()


def test_variables_and_secrets_of_steps_are_the_pipelines(plan: Plan) -> None:
    """A step's own variables, the project, and references to its secrets: nothing else."""
    for name, step in STEPS.items():
        given = variables(jobs(plan)[job_name(PIPELINE["name"], name)])
        assert given.keys() == {*step["env"], *step["secrets"], "NIGHTJAR_PROJECT"}
        for variable, secret in step["secrets"].items():
            assert given[variable][0]["secret_key_ref"][0]["secret"] == secret


def test_webhooks_come_from_their_secrets(plan: Plan) -> None:
    """A webhook that this environment tells is where the orchestrator looks for it."""
    given = variables(jobs(plan)[ORCHESTRATOR])
    muted = plan["variables"].get("muted_webhooks", {}).get("value", [])
    told = {secret_variable(rule["webhook"]) for rule in PIPELINE["alerts"] if rule["webhook"] not in muted}
    assert {name for name in given if name.startswith("NIGHTJAR_SECRET_")} == told


def test_no_value_of_a_secret_is_planned(plan: Plan) -> None:
    """Terraform makes secrets and never a version of one, no password, and no key of an identity."""
    kinds = {each.kind for each in plans.resources(plan)}
    assert kinds.isdisjoint(
        {"google_secret_manager_secret_version", "google_service_account_key", "google_storage_hmac_key"}
    )
    assert [each.values["password"] for each in plans.of_kind(plan, "google_sql_user") if each.values["password"]] == []
    assert re.findall(r"postgres(?:ql)?://[^\"]+", json.dumps(plan)) == []


def test_each_secret_is_read_by_who_names_it(plan: Plan) -> None:
    """Nobody has a right on a secret that the job does not name."""
    expected = {
        (job_name(PIPELINE["name"], name), secret)
        for name, step in STEPS.items()
        for secret in step["secrets"].values()
    }
    found = {
        (each.values["member"].partition(":")[2].partition("@")[0], each.values["secret_id"])
        for each in plans.of_kind(plan, "google_secret_manager_secret_iam_member")
    }
    assert {pair for pair in found if pair[0] != ORCHESTRATOR} == expected


def test_the_orchestrator_may_run_exactly_the_steps(plan: Plan) -> None:
    """On each step's job it has its role; on its own, and on any other thing that runs, it has none."""
    granted = plans.of_kind(plan, "google_cloud_run_v2_job_iam_member")
    of_orchestrator = {each.values["name"] for each in granted if f":{ORCHESTRATOR}@" in each.values["member"]}
    assert of_orchestrator == JOBS - {ORCHESTRATOR}
    assert [each.values["name"] for each in granted if "-scheduler@" in each.values["member"]] == [ORCHESTRATOR]
    assert len(granted) == len(JOBS)


def test_steps_that_use_the_database_reach_it(plan: Plan) -> None:
    """A job that reads an address of the database has the network; others have none; without a database nobody has."""
    database = plan["variables"]["database"]["value"]
    secrets = set(database["secrets"]) if database else set()
    for name, step in STEPS.items():
        private = bool(secrets & set(step["secrets"].values()))
        assert bool(task(jobs(plan)[job_name(PIPELINE["name"], name)])["vpc_access"]) == private
    assert len(plans.of_kind(plan, "google_sql_database_instance")) == int(bool(database))
