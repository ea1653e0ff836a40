"""Google's messages and this project's values, one into the other. No call is made here and nothing is decided.

The raw messages are read, not their wrappers: those cost ten times as much, and listings are long. Unknown numbers of
enums are kept as numbers, because the platform learns new ones before its client does.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from google.cloud import run_v2

from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.states import SUCCEEDED, TIMED_OUT, Seen, Task
from orchestrator.runners.verdict import TaskExit
from steps.kit import contract

_DEADLINE_EXCEEDED = 4
_BEFORE = datetime.min.replace(tzinfo=dt.UTC)


def run_request(job: str, *, environment: Mapping[str, str], tasks: int, timeout: timedelta) -> run_v2.RunJobRequest:
    """The request that runs a job; nothing else of it can be overridden."""
    variables = [run_v2.EnvVar(name=name, value=value) for name, value in environment.items()]
    container = run_v2.RunJobRequest.Overrides.ContainerOverride(env=variables)
    overrides = run_v2.RunJobRequest.Overrides(container_overrides=[container], task_count=tasks, timeout=timeout)
    return run_v2.RunJobRequest(name=job, overrides=overrides)


def command_request(job: str, arguments: Sequence[str], *, environment: Mapping[str, str]) -> run_v2.RunJobRequest:
    """The request that runs a job with other arguments."""
    variables = [run_v2.EnvVar(name=name, value=value) for name, value in environment.items()]
    container = run_v2.RunJobRequest.Overrides.ContainerOverride(args=arguments, env=variables)
    return run_v2.RunJobRequest(name=job, overrides=run_v2.RunJobRequest.Overrides(container_overrides=[container]))


def seen(execution: Any) -> Seen:
    """An execution; it may be wrapped or raw."""
    raw = _raw(run_v2.Execution, execution)
    completed = _completed(raw)
    containers = raw.template.containers
    return Seen(
        name=short(raw.name),
        attempt=_variable(containers, contract.ATTEMPT),
        log=raw.log_uri or raw.name,
        created=_time(raw, "create_time") or _BEFORE,
        completed=_state(completed),
        reason=_reason(completed),
        message=completed.message if completed is not None else "",
        began=raw.HasField("start_time"),
        ended=_time(raw, "completion_time"),
        deleted=raw.HasField("delete_time"),
        task_count=raw.task_count,
        succeeded=raw.succeeded_count,
        failed=raw.failed_count,
        cancelled=raw.cancelled_count,
        memory=containers[0].resources.limits.get("memory", "") if containers else "",
    )


def task(message: Any) -> Task:
    """A task of an execution that runs no more."""
    raw = _raw(run_v2.Task, message)
    result = raw.last_attempt_result
    completed = _completed(raw)
    said = result.status.message or (completed.message if completed is not None else "")
    timed_out = TIMED_OUT in said or result.status.code == _DEADLINE_EXCEEDED
    return Task(exit=TaskExit(index=raw.index, exit=_exit(raw, completed), timed_out=timed_out), message=said)


def job(message: Any) -> Job:
    """A job."""
    raw = _raw(run_v2.Job, message)
    template = raw.template.template
    return Job(
        image=template.containers[0].image if template.containers else "",
        max_retries=template.max_retries,
        timeout=template.timeout.ToTimedelta(),
        tasks_at_once=raw.template.parallelism,
    )


def short(name: str) -> str:
    """The last part of a resource's name."""
    return name.rpartition("/")[2]


def _raw(kind: Any, message: Any) -> Any:
    return kind.pb(message) if isinstance(message, kind) else message


def _exit(raw: Any, completed: Any) -> int | None:
    result = raw.last_attempt_result
    if result.term_signal:
        return -int(result.term_signal)
    if result.exit_code:
        return int(result.exit_code)
    return 0 if _state(completed) == SUCCEEDED else None


def _completed(raw: Any) -> Any:
    return next((each for each in raw.conditions if each.type_ == "Completed"), None)


def _state(condition: Any) -> str:
    return "" if condition is None else _named(run_v2.Condition.State, condition.state)


def _reason(condition: Any) -> str:
    """The reason of a condition, in whichever of its fields it is."""
    match None if condition is None else condition.WhichOneof("reasons"):
        case "reason":
            return _named(run_v2.Condition.CommonReason, condition.reason)
        case "execution_reason":
            return _named(run_v2.Condition.ExecutionReason, condition.execution_reason)
        case _:
            return ""


def _named(kind: Any, number: int) -> str:
    try:
        return str(kind(number).name)
    except ValueError:
        return str(number)


def _variable(containers: Any, name: str) -> str:
    return next((str(each.value) for one in containers for each in one.env if each.name == name), "")


def _time(raw: Any, field: str) -> datetime | None:
    time: datetime | None = getattr(raw, field).ToDatetime(tzinfo=dt.UTC) if raw.HasField(field) else None
    return time
