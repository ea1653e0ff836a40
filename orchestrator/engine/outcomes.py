"""What the end of an execution, as a runner tells it, means to the run: pure, from an outcome to an event."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from orchestrator.core import events
from orchestrator.core.events import ENDED, Event, Failure, FailureKind, StopReason
from orchestrator.ports import Ended, Gone
from steps.kit.contract import AttemptId


def event(attempt: AttemptId, outcome: Ended | Gone, *, stop: StopReason | None, now: datetime) -> Event:
    """The event to record for an attempt that ended, after an order to stop if there was one."""
    match outcome:
        case Gone():
            return events.Lost(at=now, attempt=attempt, message=outcome.message)
        case Ended() if outcome.failure is None:
            return events.Succeeded(at=now, attempt=attempt, ended=outcome.at)
        case Ended():
            failure = _because_of(stop, outcome.failure)
            return events.Failed(at=now, attempt=attempt, ended=outcome.at, failure=failure)


def _because_of(stop: StopReason | None, failure: Failure) -> Failure:
    match stop:
        case StopReason.TIMEOUT:
            message = "it took longer than its timeout allows, so the orchestrator cancelled it"
            return dataclasses.replace(failure, kind=FailureKind.TIMEOUT, message=message)
        case StopReason.DEADLINE | StopReason.CANCEL:
            message = f"{ENDED[stop]}, so the orchestrator cancelled it"
            return dataclasses.replace(failure, kind=FailureKind.CANCELLED, message=message)
        case None:
            return failure
