from __future__ import annotations

import json

import httpx
import pytest
from google.api_core import exceptions
from google.api_core.operation import from_gapic
from google.cloud import run_v2

from tools.emulator import wire
from tools.emulator.testing import PARENT, PATIENCE, Clients, completed, job

STATE = run_v2.Condition.State
REASON = run_v2.Condition.ExecutionReason
STATUS = run_v2.ExecutionReference.CompletionStatus


def test_a_job_is_created_read_listed_changed_and_deleted(either: Clients) -> None:
    """Each by its own call, each operation with its result."""
    name = either.create("toy", "exit 0", env={"A": "1"})
    found = either.jobs.get_job(name=name)
    assert f"{PARENT}/jobs/toy" == found.name
    assert (found.generation, found.terminal_condition.type_) == (1, "Ready")
    assert [name] == [each.name for each in either.jobs.list_jobs(parent=PARENT)]
    found.template.template.containers[0].env[0].value = "2"
    changed = either.jobs.update_job(job=found).result(timeout=PATIENCE)
    assert (changed.generation, changed.uid) == (2, found.uid)
    assert changed.etag != found.etag
    assert changed.template.template.containers[0].env[0].value == "2"
    gone = either.jobs.delete_job(name=name).result(timeout=PATIENCE)
    assert gone.delete_time
    with pytest.raises(exceptions.NotFound, match="was not found"):
        either.jobs.get_job(name=name)


def test_defaults_are_the_platforms(either: Clients) -> None:
    """One task, three retries, ten minutes, one CPU, 512 MiB, the second execution environment."""
    container = {"image": "process:", "command": ["/bin/true"]}
    bare = run_v2.Job({"template": {"template": {"containers": [container]}}})
    found = either.jobs.create_job(parent=PARENT, job=bare, job_id="bare").result(timeout=PATIENCE)
    task = found.template.template
    assert (found.template.task_count, found.template.parallelism, task.max_retries) == (1, 0, 3)
    assert task.timeout.total_seconds() == 600
    assert dict(task.containers[0].resources.limits) == {"cpu": "1", "memory": "512Mi"}
    assert task.execution_environment == run_v2.ExecutionEnvironment.EXECUTION_ENVIRONMENT_GEN2


def test_a_run_names_its_execution_at_once_and_ends_with_it(either: Clients) -> None:
    """The operation's metadata is the execution; its result comes when that has succeeded."""
    operation = either.jobs.run_job(name=either.create("toy", "exit 0"))
    name = operation.metadata.name
    assert name.startswith(f"{PARENT}/jobs/toy/executions/toy-")
    assert operation.metadata.log_uri
    done = operation.result(timeout=PATIENCE)
    assert (done.name, done.succeeded_count, done.task_count, done.reconciling) == (name, 1, 1, False)
    assert (completed(done).state, done.running_count) == (STATE.CONDITION_SUCCEEDED, 0)
    latest = either.jobs.get_job(name=f"{PARENT}/jobs/toy")
    assert latest.execution_count == 1
    assert latest.latest_created_execution.name == name
    assert latest.latest_created_execution.completion_status == STATUS.EXECUTION_SUCCEEDED


def test_a_failed_execution_ends_its_operation_with_an_error(either: Clients) -> None:
    """Code 10; the execution tells which task, the task tells the exit code."""
    operation = either.jobs.run_job(name=either.create("toy", "exit 65"))
    with pytest.raises((exceptions.Aborted, exceptions.Conflict), match="task0 failed with message: The container ex"):
        operation.result(timeout=PATIENCE)
    found = either.end(operation.metadata.name)
    assert (found.failed_count, completed(found).state) == (1, STATE.CONDITION_FAILED)
    assert completed(found).execution_reason == REASON.NON_ZERO_EXIT_CODE
    (task,) = either.tasks.list_tasks(parent=found.name)
    assert (task.last_attempt_result.exit_code, task.index, task.execution) == (65, 0, found.name)
    assert task == either.task(found.name)


def test_a_cancelled_execution_ends_its_operation_without_an_error(either: Clients) -> None:
    """So no exception is no success: the condition and the count tell."""
    operation = either.jobs.run_job(name=either.create("toy", "sleep 1000", tasks=2))
    either.until(operation.metadata.name, lambda found: found.running_count == 2)
    cancelled = either.executions.cancel_execution(name=operation.metadata.name).result(timeout=PATIENCE)
    done = operation.result(timeout=PATIENCE)
    assert (done.cancelled_count, done.succeeded_count) == (2, 0)
    assert (completed(done).state, completed(done).execution_reason) == (STATE.CONDITION_FAILED, REASON.CANCELLED)
    assert cancelled.name == done.name
    with pytest.raises((exceptions.FailedPrecondition, exceptions.BadRequest), match="has ended"):
        either.executions.cancel_execution(name=done.name)


def test_an_operation_is_found_again_by_its_name(clients: Clients) -> None:
    """As by a program that died: read it raw, and make the future anew."""
    name = clients.jobs.run_job(name=clients.create("toy", "exit 0")).operation.name
    raw = clients.jobs.get_operation({"name": name})
    again = from_gapic(raw, clients.jobs.transport.operations_client, run_v2.Execution, metadata_type=run_v2.Execution)
    assert again.result(timeout=PATIENCE).succeeded_count == 1
    wait = clients.channel.unary_unary("/google.longrunning.Operations/WaitOperation")
    waited = wire.WaitOperationRequest(name=name).SerializeToString()
    assert wire.Operation.FromString(wait(waited, timeout=PATIENCE)).done
    assert name in [each.name for each in clients.jobs.list_operations({"name": PARENT}).operations]
    clients.jobs.delete_operation({"name": name})
    with pytest.raises(exceptions.NotFound):
        clients.jobs.get_operation({"name": name})


def test_overrides_are_in_the_execution_and_in_nothing_else(either: Clients) -> None:
    """Arguments replace, environment is merged by name, count and timeout replace; the job stays as it was."""
    name = either.create("toy", '[ "$A$B$C" = 123 ] && [ "$0" = x ]', tasks=2, parallelism=2, env={"A": "1", "B": "0"})
    container = {"args": ["x"], "env": [{"name": "B", "value": "2"}, {"name": "C", "value": "3"}]}
    found = either.end(either.run(name, container_overrides=[container], task_count=1, timeout="30s"))
    template = found.template.containers[0]
    assert [(each.name, each.value) for each in template.env] == [("A", "1"), ("B", "2"), ("C", "3")]
    assert list(template.args) == ["x"]
    assert (found.task_count, found.parallelism, found.template.timeout.total_seconds()) == (1, 1, 30)
    assert found.succeeded_count == 1
    kept = either.jobs.get_job(name=name)
    assert [(each.name, each.value) for each in kept.template.template.containers[0].env] == [("A", "1"), ("B", "0")]


def test_every_violation_is_told(either: Clients) -> None:
    """All at once, in the message and as details."""
    wrong = job("exit 0", tasks=10_001, retries=11, seconds=700_000, env={"CLOUD_RUN_JOB": "x"})
    wrong.template.template.containers[0].resources.limits = {"cpu": "4", "memory": "512Mi"}
    with pytest.raises(exceptions.InvalidArgument if either.channel else exceptions.BadRequest) as raised:
        either.jobs.create_job(parent=PARENT, job=wrong, job_id="Toy")
    for words in (
        "job_id", "template.task_count: 10001", "max_retries: 11", "must be more than 0", "reserved env names",
        "For 4 CPU, total memory must be between 2Gi and 16Gi",
    ):  # fmt: skip
        assert words in str(raised.value)
    assert len(raised.value.details[0].field_violations) == 6 if either.channel else raised.value.details


def test_only_validated_is_not_done(either: Clients) -> None:
    """Creating and running, asked to be validated only, leave nothing."""
    request = run_v2.CreateJobRequest(parent=PARENT, job=job("exit 0"), job_id="toy", validate_only=True)
    assert either.jobs.create_job(request=request).result(timeout=PATIENCE).name == f"{PARENT}/jobs/toy"
    assert list(either.jobs.list_jobs(parent=PARENT)) == []
    name = either.create("toy", "exit 0")
    either.jobs.run_job(request=run_v2.RunJobRequest(name=name, validate_only=True))
    assert list(either.executions.list_executions(parent=name)) == []


def test_an_old_etag_is_refused(either: Clients) -> None:
    """Who has not seen the last change changes nothing."""
    name = either.create("toy", "exit 0")
    old = either.jobs.get_job(name=name)
    either.jobs.update_job(job=old).result(timeout=PATIENCE)
    with pytest.raises(exceptions.Conflict, match="current version is"):
        either.jobs.update_job(job=old)
    with pytest.raises(exceptions.Conflict):
        either.jobs.run_job(request=run_v2.RunJobRequest(name=name, etag=old.etag))


def test_lists_come_in_pages_the_newest_first(either: Clients) -> None:
    """Of one job, of every job, and of tasks by their index."""
    names = [either.run(either.create(name, "exit 0")) for name in ("a", "b")]
    names += [either.run(f"{PARENT}/jobs/a") for _ in range(3)]
    request = run_v2.ListExecutionsRequest(parent=f"{PARENT}/jobs/-", page_size=2)
    pages = either.executions.list_executions(request=request)
    assert [[each.name for each in page.executions] for page in pages.pages] == [
        names[4:2:-1], names[2:0:-1], names[:1],
    ]  # fmt: skip
    assert len(list(either.executions.list_executions(parent=f"{PARENT}/jobs/b"))) == 1
    many = either.end(either.run(f"{PARENT}/jobs/a", task_count=5))
    tasks = either.tasks.list_tasks(request=run_v2.ListTasksRequest(parent=many.name, page_size=2))
    assert [each.index for each in tasks] == [0, 1, 2, 3, 4]
    with pytest.raises(exceptions.BadRequest, match="page_token"):
        next(iter(either.executions.list_executions(request={"parent": f"{PARENT}/jobs/a", "page_token": "!"})))


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        (f"{PARENT}/jobs/none", exceptions.NotFound),
        ("projects/other/locations/local/jobs/toy", exceptions.Forbidden),
    ],
)
def test_what_is_not_here_is_told(either: Clients, name: str, kind: type[Exception]) -> None:
    """A job that nobody made, and a project that is not served."""
    with pytest.raises(kind):
        either.jobs.get_job(name=name)
    with pytest.raises(kind):
        either.jobs.run_job(name=name)


def test_a_deleted_execution_is_stopped_and_gone(either: Clients) -> None:
    """With its tasks; a deleted job takes its executions along."""
    name = either.create("toy", "sleep 1000")
    first, second = either.run(name), either.run(name)
    either.until(first, lambda found: found.running_count == 1)
    either.executions.delete_execution(name=first).result(timeout=PATIENCE)
    with pytest.raises(exceptions.NotFound):
        either.executions.get_execution(name=first)
    assert [second] == [each.name for each in either.executions.list_executions(parent=name)]
    every = either.executions.list_executions(request={"parent": name, "show_deleted": True})
    assert [(second, False), (first, True)] == [(each.name, bool(each.delete_time)) for each in every]
    either.jobs.delete_job(name=name).result(timeout=PATIENCE)
    with pytest.raises(exceptions.NotFound):
        either.end(second)


def test_everything_is_permitted(either: Clients) -> None:
    """With a job that exists."""
    name = either.create("toy", "exit 0")
    wanted = {"resource": name, "permissions": ["run.jobs.run", "run.jobs.get"]}
    assert wanted["permissions"] == either.jobs.test_iam_permissions(request=wanted).permissions
    with pytest.raises(exceptions.NotFound):
        either.jobs.test_iam_permissions(request={"resource": f"{name}-other", "permissions": []})


def test_a_name_that_exists_is_not_created_again(either: Clients) -> None:
    """The first job stays."""
    either.create("toy", "exit 0")
    with pytest.raises(exceptions.Conflict, match="already exists"):
        either.create("toy", "exit 1")


def test_rest_speaks_the_json_of_the_api(clients: Clients) -> None:
    """Names of fields in camel case, enumerations by name, errors with code and status."""
    clients.create("toy", "exit 0")
    url = f"http://{clients.address}/v2/{PARENT}/jobs"
    found = httpx.get(url, params={"pageSize": "1"}).json()["jobs"][0]
    assert found["template"]["taskCount"] == 1
    assert found["terminalCondition"]["state"] == "CONDITION_SUCCEEDED"
    answer = httpx.post(f"{url}?jobId=other", content=b'{"template": 5}')
    assert (answer.status_code, answer.json()["error"]["status"]) == (400, "INVALID_ARGUMENT")
    assert httpx.get(f"http://{clients.address}/v2/nothing").status_code == 404
    started = httpx.post(f"{url}/toy:run", json={"overrides": {"taskCount": 2}}).json()
    assert json.dumps(started).count("type.googleapis.com/google.cloud.run.v2.Execution") == 1
