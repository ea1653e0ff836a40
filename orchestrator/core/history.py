"""What became of each attempt, and what people decided, read from a run's log: the state keeps only what is so now.

For those who look. Nothing that is decided may rest on it: `plan` sees the fold and nothing else.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime

from orchestrator.core import events
from orchestrator.core.events import Event, Failure, Recorded
from steps.kit.contract import AttemptId


class AttemptState(enum.StrEnum):
    """Where an attempt stands."""

    STARTING = "starting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    LOST = "lost"
    WITHDRAWN = "withdrawn"


OPEN = frozenset({AttemptState.STARTING, AttemptState.RUNNING})


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempt:
    """One try of a step. `due` is when the one after it may begin, if there is to be one; `message` why it ended."""

    id: AttemptId
    state: AttemptState
    digest: str
    intended: datetime
    started: datetime | None = None
    ended: datetime | None = None
    due: datetime | None = None
    execution: str = ""
    log: str = ""
    failure: Failure | None = None
    message: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person asked of a run, with who and why; `what` is a past participle."""

    at: datetime
    what: str
    by: str
    why: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """A run's log, as those who look want it: attempts in the order of their beginning, decisions in that of time.

    `driver` is the last one, also when it has left; `last` is the time of the newest event.
    """

    attempts: tuple[Attempt, ...]
    decisions: tuple[Decision, ...]
    driver: str
    last: datetime

    def of(self, step: str) -> tuple[Attempt, ...]:
        """The attempts of a step, the first one first."""
        return tuple(attempt for attempt in self.attempts if attempt.id.step == step)


def read(log: Iterable[Recorded]) -> History:
    """The history of a run from its whole log, which is not empty and can be folded."""
    attempts: dict[AttemptId, Attempt] = {}
    decisions: list[Decision] = []
    driver, last = "", None
    for recorded in log:
        event = recorded.event
        last = event.at
        match event:
            case events.Claimed():
                driver = event.driver
            case events.RunEvent():
                decisions += _decisions(event)
            case events.Intended():
                attempts[event.attempt] = Attempt(
                    id=event.attempt, state=AttemptState.STARTING, digest=event.digest, intended=event.at
                )
            case events.AttemptEvent():
                attempts[event.attempt] = _changed(attempts[event.attempt], event)
            case events.RetryScheduled():
                tried = AttemptId(recorded.run, event.step, event.number - 1)
                attempts[tried] = dataclasses.replace(attempts[tried], due=event.due)
    if last is None:
        raise ValueError("an empty log has no history")
    return History(attempts=tuple(attempts.values()), decisions=tuple(decisions), driver=driver, last=last)


def _changed(attempt: Attempt, event: Event) -> Attempt:  # noqa: PLR0911  (one for each kind of event)
    match event:
        case events.Started():
            attempt = dataclasses.replace(attempt, state=AttemptState.RUNNING, started=event.at)
            return dataclasses.replace(attempt, execution=event.execution, log=event.log)
        case events.Adopted():
            return dataclasses.replace(attempt, execution=event.execution)
        case events.Withdrawn():
            return dataclasses.replace(attempt, state=AttemptState.WITHDRAWN, ended=event.at, message=event.message)
        case events.Succeeded():
            return dataclasses.replace(attempt, state=AttemptState.SUCCEEDED, ended=event.ended)
        case events.Failed():
            failed = dataclasses.replace(attempt, state=AttemptState.FAILED, ended=event.ended)
            return dataclasses.replace(failed, failure=event.failure, message=event.failure.message)
        case events.Lost():
            return dataclasses.replace(attempt, state=AttemptState.LOST, ended=event.at, message=event.message)
        case _:
            return attempt


def _decisions(event: events.RunEvent) -> list[Decision]:
    match event:
        case events.Opened() if event.by:
            return [Decision(at=event.at, what="opened", by=event.by, why=event.why)]
        case events.Reopened():
            return [Decision(at=event.at, what=f"retried ({', '.join(event.steps)})", by=event.by, why=event.why)]
        case events.ReleaseChanged():
            return [Decision(at=event.at, what=f"let go on under release {event.release.revision[:12]}", by=event.by)]
        case events.CancelRequested():
            return [Decision(at=event.at, what="cancelled", by=event.by, why=event.why)]
        case _:
            return []
