"""What the platform says of an execution, a task or a job: conditions, reasons and sentences. Pure.

There is no field for an execution's state: clients derive it from the condition `Completed`, so what that says is the
contract. A timeout has no reason of its own, as on Cloud Run; only its sentence tells.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from tools.emulator import wire
from tools.emulator.records import Ending, Execution, Task, TaskState
from tools.emulator.wire import Message

_STATE = wire.ConditionState
_REASON = wire.Reason
_EXECUTION_REASON = wire.ExecutionReason
_COMMON: Mapping[Ending, int] = {
    Ending.IMAGE: int(_REASON.CONTAINER_MISSING),
    Ending.SECRET: int(_REASON.SECRETS_ACCESS_CHECK_FAILED),
    Ending.LOST: int(_REASON.INTERNAL),
}
_WORDS: Mapping[Ending, str] = {
    Ending.TIMEOUT: "The configured timeout was reached.",
    Ending.CANCELLED: "The execution was cancelled.",
    Ending.LOST: "The container was lost: this machine or its supervisor was stopped.",
}


def words(ending: Ending, detail: str) -> str:
    """A sentence on the end of an attempt."""
    return detail or _WORDS.get(ending, "The container exited with an error.")


def ready(time: datetime) -> Message:
    """The condition of a job that can be run."""
    return _condition("Ready", _STATE.CONDITION_SUCCEEDED, time)


def completion(record: Execution) -> int:
    """An execution's state in the one place that has a field for it, its job."""
    status = wire.CompletionStatus
    if not record.ended:
        return int(status.EXECUTION_RUNNING if record.started else status.EXECUTION_PENDING)
    if record.ending is None:
        return int(status.EXECUTION_SUCCEEDED)
    return int(status.EXECUTION_CANCELLED if record.ending is Ending.CANCELLED else status.EXECUTION_FAILED)


def of_execution(record: Execution) -> list[Message]:
    """The conditions of an execution."""
    time = record.started or record.created
    missing = {Ending.IMAGE: "ContainerReady", Ending.SECRET: "ResourcesAvailable"}.get(record.ending or Ending.EXIT)
    found = [_completed(record)]
    if missing is not None and record.started is None:
        reason = _COMMON[record.ending or Ending.EXIT]
        return [*found, _condition(missing, _STATE.CONDITION_FAILED, time, record.message, reason=reason)]
    found.append(_condition("ContainerReady", _STATE.CONDITION_SUCCEEDED, time, "Imported container image."))
    if record.started is not None:
        began = f"Started deployed execution in {(record.started - record.created).total_seconds():.2f}s."
        provisioned = "Provisioned imported containers."
        found.append(_condition("ResourcesAvailable", _STATE.CONDITION_SUCCEEDED, time, provisioned))
        found.append(_condition("Started", _STATE.CONDITION_SUCCEEDED, time, began))
    if record.retried:
        retry = "System will retry after 0:00:00 from lastTransitionTime for attempt 0."
        again = _condition("Retry", _STATE.CONDITION_SUCCEEDED, time, retry, reason=int(_REASON.IMMEDIATE_RETRY))
        again.severity = int(wire.Severity.INFO)
        found.append(again)
    return found


def of_task(record: Task, of: Execution) -> list[Message]:
    """The condition of a task."""
    time = record.completed or record.started or of.created
    match record.state:
        case TaskState.PENDING:
            return [_condition("Completed", _STATE.CONDITION_PENDING, time)]
        case TaskState.RUNNING:
            return [_condition("Completed", _STATE.CONDITION_RECONCILING, time)]
        case TaskState.SUCCEEDED:
            return [_condition("Completed", _STATE.CONDITION_SUCCEEDED, time)]
        case TaskState.FAILED | TaskState.CANCELLED:
            ending = Ending.CANCELLED if record.result is None else record.result.ending
            said = words(ending, "" if record.result is None else record.result.detail)
            return [_ended(time, ending, said)]


def _completed(record: Execution) -> Message:
    time = record.completed or record.started or record.created
    if record.completed is None:
        state = _STATE.CONDITION_RECONCILING if record.started else _STATE.CONDITION_PENDING
        condition = _condition("Completed", state, time)
        if record.cancelling:
            condition.execution_reason = int(_EXECUTION_REASON.CANCELLING)
        return condition
    if record.ending is not None:
        return _ended(time, record.ending, record.message)
    took = (record.completed - (record.started or record.created)).total_seconds()
    said = f"Execution completed successfully in {took:.2f}s."
    return _condition("Completed", _STATE.CONDITION_SUCCEEDED, time, said)


def _ended(time: datetime, ending: Ending, said: str) -> Message:
    condition = _condition("Completed", _STATE.CONDITION_FAILED, time, said, reason=_COMMON.get(ending, 0))
    if ending is Ending.CANCELLED:
        condition.execution_reason = int(_EXECUTION_REASON.CANCELLED)
    elif ending not in _COMMON:
        condition.execution_reason = int(_EXECUTION_REASON.NON_ZERO_EXIT_CODE)
    return condition


def _condition(kind: str, state: int, time: datetime, message: str = "", *, reason: int = 0) -> Message:
    condition = wire.Condition(type_=kind, state=int(state), message=message)
    if reason:
        condition.reason = reason
    wire.stamp(condition.last_transition_time, time)
    return condition
