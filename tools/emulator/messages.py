"""Jobs, executions, tasks and operations as clients see them: from records to messages. Pure.

What the conditions of an execution say is in `conditions`. Nothing here decides what happens.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Mapping

from tools.emulator import conditions, wire
from tools.emulator.errors import Code
from tools.emulator.names import Place
from tools.emulator.records import Ending, Execution, Job, Kind, Operation, Result, Task
from tools.emulator.wire import Message

CREATOR = "emulator@localhost"


def job(record: Job, place: Place, *, count: int, latest: Execution | None) -> Message:
    """A job: what its owner set, and what the platform adds."""
    message = wire.Job.FromString(record.body)
    message.name = place.job(record.name)
    message.uid = record.uid
    message.generation = message.observed_generation = record.generation
    message.creator = message.last_modifier = CREATOR
    message.launch_stage = message.launch_stage or wire.GA
    wire.stamp(message.create_time, record.created)
    wire.stamp(message.update_time, record.updated)
    message.terminal_condition.CopyFrom(conditions.ready(record.updated))
    message.execution_count = count
    if latest is not None:
        message.latest_created_execution.CopyFrom(_reference(latest, place))
    message.etag = _etag(record.uid, record.generation)
    return message


def _reference(record: Execution, place: Place) -> Message:
    reference = wire.ExecutionReference(name=place.execution(record.job, record.name))
    wire.stamp(reference.create_time, record.created)
    wire.stamp(reference.completion_time, record.completed)
    reference.completion_status = conditions.completion(record)
    return reference


def execution(record: Execution, place: Place) -> Message:
    """An execution: its template with the overrides in it, its counts, and its conditions."""
    message = wire.Execution(
        name=place.execution(record.job, record.name),
        uid=record.uid,
        creator=CREATOR,
        generation=1,
        observed_generation=1,
        launch_stage=wire.GA,
        job=place.job(record.job),
        parallelism=record.parallelism,
        task_count=record.tasks,
        reconciling=not record.ended,
        running_count=record.running,
        succeeded_count=record.succeeded,
        failed_count=record.failed,
        cancelled_count=record.cancelled,
        retried_count=record.retried,
        conditions=conditions.of_execution(record),
        log_uri=_log_uri(record, place),
        etag=_etag(record.uid, record.running, record.succeeded, record.failed, record.cancelled, record.completed),
    )
    template = wire.ExecutionTemplate.FromString(record.template)
    message.template.CopyFrom(template.template)
    message.labels.update(template.labels)
    message.annotations.update(template.annotations)
    wire.stamp(message.create_time, record.created)
    wire.stamp(message.start_time, record.started)
    wire.stamp(message.completion_time, record.completed)
    wire.stamp(message.update_time, record.completed or record.started or record.created)
    wire.stamp(message.delete_time, record.deleted)
    return message


def task(record: Task, of: Execution, place: Place) -> Message:
    """A task and the end of its last attempt."""
    template = wire.ExecutionTemplate.FromString(of.template).template
    message = wire.Task(
        name=place.task(of.job, of.name, record.index),
        uid=hashlib.md5(f"{of.uid}/{record.index}".encode(), usedforsecurity=False).hexdigest(),
        generation=1,
        observed_generation=1,
        job=place.job(of.job),
        execution=place.execution(of.job, of.name),
        containers=template.containers,
        volumes=template.volumes,
        max_retries=template.max_retries,
        timeout=template.timeout,
        service_account=template.service_account,
        execution_environment=template.execution_environment,
        reconciling=record.completed is None,
        index=record.index,
        retried=record.attempt,
        conditions=conditions.of_task(record, of),
        log_uri=_log_uri(of, place),
        etag=_etag(of.uid, record.index, record.attempt, record.state),
    )
    wire.stamp(message.create_time, of.created)
    wire.stamp(message.scheduled_time, record.started)
    wire.stamp(message.start_time, record.started)
    wire.stamp(message.completion_time, record.completed)
    wire.stamp(message.update_time, record.completed or record.started or of.created)
    if record.result is not None:
        _tell(message.last_attempt_result, record.result)
    return message


def _tell(message: Message, result: Result) -> None:
    if result.ending is Ending.SUCCESS:
        message.status.code = int(Code.OK)
        return
    message.status.code = int(_CODES.get(result.ending, Code.UNKNOWN))
    message.status.message = conditions.words(result.ending, result.detail)
    if result.ending in {Ending.EXIT, Ending.TIMEOUT, Ending.CANCELLED} and result.code > 0:
        message.exit_code = result.code
    elif result.code < 0:
        message.term_signal = -result.code


_CODES: Mapping[Ending, Code] = {
    Ending.TIMEOUT: Code.DEADLINE_EXCEEDED,
    Ending.CANCELLED: Code.CANCELLED,
    Ending.MEMORY: Code.RESOURCE_EXHAUSTED,
    Ending.IMAGE: Code.NOT_FOUND,
    Ending.SECRET: Code.PERMISSION_DENIED,
}


def operation(record: Operation, place: Place, *, about: Execution | None) -> Message:
    """An operation as it stands now. `about` is its execution, if that exists still."""
    body = wire.Box.FromString(record.body)
    message = wire.Operation(name=place.operation(record.name), metadata=body)
    if about is not None:
        body = wire.boxed(execution(about, place))
        message.metadata.CopyFrom(body)
    _DONE[record.kind](message, body, about)
    return message


def _job_done(message: Message, body: Message, _about: Execution | None) -> None:
    message.done = True
    message.response.CopyFrom(body)


def _run_done(message: Message, body: Message, about: Execution | None) -> None:
    """A cancelled execution is no error; a failed one is, and so is one that was deleted meanwhile."""
    if about is None:
        message.done = True
        message.error.code = int(Code.ABORTED)
        message.error.message = "The execution was deleted."
    elif about.ended and about.ending not in {None, Ending.CANCELLED}:
        message.done = True
        message.error.code = int(Code.ABORTED)
        message.error.message = about.message
    elif about.ended:
        message.done = True
        message.response.CopyFrom(body)


def _cancel_done(message: Message, body: Message, about: Execution | None) -> None:
    if about is None or about.ended:
        _job_done(message, body, about)


def _delete_done(message: Message, body: Message, about: Execution | None) -> None:
    if about is None:
        _job_done(message, body, about)


_DONE: Mapping[Kind, Callable[[Message, Message, Execution | None], None]] = {
    Kind.JOB: _job_done,
    Kind.RUN: _run_done,
    Kind.CANCEL: _cancel_done,
    Kind.DELETE: _delete_done,
}


def _log_uri(record: Execution, place: Place) -> str:
    """The folder with what an execution says; of the real Cloud Run it is a page of the console."""
    return (place.attempts / record.name).as_uri()


def _etag(*parts: object) -> str:
    return f'"{hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()}"'
