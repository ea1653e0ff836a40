"""What happened to a run, as frozen values: the log of these is the truth, everything else is folded from it.

Past tense, ids and aware UTC times, no behaviour. An event that was released is never changed: `stores/codec.py` must
read it for ever (its golden file says so). Which event may follow which is in `states`.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from orchestrator.core.model import Release
from steps.kit.contract import AttemptId, RunId


class FailureKind(enum.StrEnum):
    """How an attempt failed, as far as it changes what is done about it."""

    EXIT_CODE = "exit_code"
    SIGNAL = "signal"
    TIMEOUT = "timeout"
    CANCELLED = "cancelled"
    NOT_STARTED = "not_started"


class StopReason(enum.StrEnum):
    """Why an attempt that runs was told to stop."""

    TIMEOUT = "timeout"
    DEADLINE = "deadline"
    CANCEL = "cancel"


ENDED = {
    StopReason.DEADLINE: "the run's deadline passed",
    StopReason.CANCEL: "the run was cancelled",
}
"""Why the end of a whole run leaves a step undone, in words."""


class Outcome(enum.StrEnum):
    """How a run ended."""

    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


@dataclass(frozen=True, slots=True, kw_only=True)
class Failure:
    """Why an attempt failed. `task` is the shard that speaks for it; `code` is an exit code or a signal number."""

    kind: FailureKind
    message: str
    code: int | None = None
    task: int | None = None
    last_lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class _Event:
    """Root of all events. `kind` is the event's name in the store, in logs and in alerts."""

    kind: ClassVar[str]
    at: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class RunEvent(_Event):
    """Something that concerns the run as a whole."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepEvent(_Event):
    """Something that concerns a step between its attempts."""

    step: str


@dataclass(frozen=True, slots=True, kw_only=True)
class AttemptEvent(_Event):
    """Something that concerns one attempt."""

    attempt: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class Opened(RunEvent):
    """The run began to exist. It keeps this release and this storage, whatever is deployed later.

    A later generation says who wanted it and why, and which steps it does not do: their results are those of the
    generation before.
    """

    kind = "run.opened"
    run: RunId
    release: Release
    storage: str
    by: str = ""
    why: str = ""
    reused: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Claimed(RunEvent):
    """A driver took the run over; what ran before it has to be adopted."""

    kind = "run.claimed"
    driver: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Released(RunEvent):
    """The driver left the run, resumable, with its executions running on.

    It names the steps that kept it from going on, if something else is deployed for them than the run began with.
    """

    kind = "run.released"
    driver: str
    reason: str
    changed: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reopened(RunEvent):
    """A person asked for these steps of a finished run to be done again, under another release if one is named."""

    kind = "run.reopened"
    steps: tuple[str, ...]
    by: str
    release: Release | None = None
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReleaseChanged(RunEvent):
    """A person let the run go on under another release: what is started from here on runs from its digests."""

    kind = "run.release_changed"
    release: Release
    by: str


@dataclass(frozen=True, slots=True, kw_only=True)
class CancelRequested(RunEvent):
    """A person asked for the run's end: nothing is started from here on, and what runs is cancelled.

    This is the one event that somebody writes who does not drive the run.
    """

    kind = "run.cancel_requested"
    by: str
    why: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Finished(RunEvent):
    """Nothing is left to do."""

    kind = "run.finished"
    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Intended(AttemptEvent):
    """The attempt is going to be started, from this image. Committed before the effect."""

    kind = "attempt.intended"
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawn(AttemptEvent):
    """The attempt was intended and is not going to be started: it certainly does not run, and does not count."""

    kind = "attempt.withdrawn"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Started(AttemptEvent):
    """The runner runs the attempt as `execution`; its output is to be found at `log`."""

    kind = "attempt.started"
    execution: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopted(AttemptEvent):
    """A new driver found the attempt's execution and waits for it."""

    kind = "attempt.adopted"
    execution: str


@dataclass(frozen=True, slots=True, kw_only=True)
class StopOrdered(AttemptEvent):
    """The attempt is going to be cancelled; its end will count as failed for this reason."""

    kind = "attempt.stop_ordered"
    reason: StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class Succeeded(AttemptEvent):
    """Every task of the attempt exited with 0. `ended` is the runner's time, `at` the time it was noticed."""

    kind = "attempt.succeeded"
    ended: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Failed(AttemptEvent):
    """The attempt ended otherwise."""

    kind = "attempt.failed"
    ended: datetime
    failure: Failure


@dataclass(frozen=True, slots=True, kw_only=True)
class Lost(AttemptEvent):
    """Nothing runs for the attempt any more and nothing says how it ended."""

    kind = "attempt.lost"
    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RetryScheduled(StepEvent):
    """The step will be tried again, as attempt `number`, not before `due`."""

    kind = "step.retry_scheduled"
    number: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Exhausted(StepEvent):
    """The step failed for good."""

    kind = "step.exhausted"
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skipped(StepEvent):
    """The step will not run, because of these steps; none are named when the run as a whole came to its end."""

    kind = "step.skipped"
    because: tuple[str, ...]


type OfRun = Opened | Claimed | Released | Reopened | ReleaseChanged | CancelRequested | Finished
type OfAttempt = Intended | Withdrawn | Started | Adopted | StopOrdered | Succeeded | Failed | Lost
type OfStep = RetryScheduled | Exhausted | Skipped
type Event = OfRun | OfAttempt | OfStep
"""Every event there is, so that the type checker finds a `match` that forgets one."""

KINDS: dict[str, type[Event]] = {
    event.kind: event
    for event in (
        Opened,
        Claimed,
        Released,
        Reopened,
        ReleaseChanged,
        CancelRequested,
        Finished,
        Intended,
        Withdrawn,
        Started,
        Adopted,
        StopOrdered,
        Succeeded,
        Failed,
        Lost,
        RetryScheduled,
        Exhausted,
        Skipped,
    )
}
"""Every event by its kind."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Recorded:
    """An event as it stands in the log; (run, seq) identifies it for ever."""

    run: RunId
    seq: int
    event: Event
