from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta

import pytest
from google.cloud import run_v2

from orchestrator.runners.cloud_run import messages
from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.states import FAILED, SUCCEEDED, Phase

BEGIN = datetime(2018, 2, 2, 5, 1, tzinfo=dt.UTC)
NAME = "projects/p/locations/r/jobs/toy-good/executions/toy-good-abcde"


def condition(state: str, *, kind: str = "Completed", message: str = "", **reason: str) -> run_v2.Condition:
    return run_v2.Condition(type_=kind, state=state, message=message, **reason)


def execution(*conditions: run_v2.Condition, **fields: object) -> run_v2.Execution:
    variables = [run_v2.EnvVar(name="NIGHTJAR_ATTEMPT", value="toy-2018-02-01-g1/good/1")]
    limits = run_v2.ResourceRequirements(limits={"memory": "512Mi"})
    container = run_v2.Container(env=variables, resources=limits)
    template = run_v2.TaskTemplate(containers=[container])
    return run_v2.Execution(name=NAME, create_time=BEGIN, conditions=conditions, template=template, **fields)


def test_execution_is_read() -> None:
    """Its last name, the attempt in its environment, its counts, its memory and its log."""
    found = messages.seen(execution(task_count=3, succeeded_count=1, failed_count=1, log_uri="https://log"))
    assert (found.name, found.attempt, found.log) == ("toy-good-abcde", "toy-2018-02-01-g1/good/1", "https://log")
    assert (found.created, found.task_count, found.tasks_done, found.memory) == (BEGIN, 3, 2, "512Mi")
    assert (found.phase, found.began, found.ended) == (Phase.RUNNING, False, None)


def test_execution_without_a_log_has_its_name_for_one() -> None:
    """There is something to look for."""
    assert messages.seen(run_v2.Execution(name=NAME)).log == NAME


def test_condition_completed_is_read_with_its_reason() -> None:
    """Among others, and whichever field the reason is in."""
    other = condition(SUCCEEDED, kind="Started")
    cancelled = condition(FAILED, execution_reason="CANCELLED")
    found = messages.seen(execution(other, cancelled, completion_time=BEGIN))
    assert (found.completed, found.reason, found.ended) == (FAILED, "CANCELLED", BEGIN)
    missing = condition(FAILED, reason="CONTAINER_MISSING", message="no")
    found = messages.seen(execution(missing))
    assert (found.reason, found.message) == ("CONTAINER_MISSING", "no")


def test_numbers_that_this_client_does_not_know_stay_numbers() -> None:
    """The platform learns first."""
    raw = run_v2.Execution.pb(execution(condition(SUCCEEDED)))
    raw.conditions[0].state = 17
    raw.conditions[0].execution_reason = 99
    found = messages.seen(raw)
    assert (found.completed, found.reason, found.phase) == ("17", "99", Phase.RUNNING)


def test_deleted_execution_is_known_by_its_time() -> None:
    """As a listing with deleted ones has it."""
    assert messages.seen(execution(delete_time=BEGIN)).phase is Phase.DELETED


@pytest.mark.parametrize(
    ("result", "state", "expected"),
    [
        ({}, "CONDITION_SUCCEEDED", (0, False)),
        ({"exit_code": 65}, "CONDITION_FAILED", (65, False)),
        ({"term_signal": 9}, "CONDITION_FAILED", (-9, False)),
        ({}, "CONDITION_FAILED", (None, False)),
        ({}, "CONDITION_PENDING", (None, False)),
        (
            {"exit_code": 1, "status": {"code": 4, "message": "The configured timeout was reached."}},
            "CONDITION_FAILED",
            (1, True),
        ),
    ],
)
def test_task_is_read(result: dict[str, object], state: str, expected: tuple[int | None, bool]) -> None:
    """Exit code, signal, or nothing; a timeout by its words."""
    completed = condition(state)
    found = messages.task(run_v2.Task(index=2, last_attempt_result=result, conditions=[completed]))
    assert expected == (found.exit.exit, found.exit.timed_out)
    assert found.exit.index == 2


def test_task_says_what_its_condition_says() -> None:
    """Where its last attempt says nothing."""
    completed = condition(FAILED, message="Secret x was not found.")
    assert messages.task(run_v2.Task(conditions=[completed])).message == "Secret x was not found."


def test_job_is_read() -> None:
    """What has to agree with the release."""
    task = run_v2.TaskTemplate(containers=[run_v2.Container(image="i@sha256:1")], timeout=timedelta(seconds=60))
    task.max_retries = 3
    deployed = run_v2.Job(template=run_v2.ExecutionTemplate(parallelism=2, template=task))
    expected = Job(image="i@sha256:1", max_retries=3, timeout=timedelta(seconds=60), tasks_at_once=2)
    assert expected == messages.job(deployed)


def test_request_overrides_what_can_be_overridden() -> None:
    """Environment, tasks and timeout, and neither arguments nor the container's name."""
    request = messages.run_request(NAME, environment={"A": "1", "B": ""}, tasks=4, timeout=timedelta(seconds=90))
    overrides = request.overrides
    (container,) = overrides.container_overrides
    assert [(each.name, each.value) for each in container.env] == [("A", "1"), ("B", "")]
    assert (overrides.task_count, overrides.timeout, request.name) == (4, timedelta(seconds=90), NAME)
    assert (container.name, list(container.args), container.clear_args) == ("", [], False)
