"""What a run and its steps are, folded from what happened: one transition table and the fold that obeys it.

The table is all there is: a pair that is not in it raises, so a log that cannot be is never acted upon. "Ready" is not
a state, it is derived in `plan`.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import assert_never

from orchestrator.core import events
from orchestrator.core.errors import BrokenLog
from orchestrator.core.events import ENDED, Event, Failure, Outcome, Recorded, StopReason
from orchestrator.core.model import Release
from steps.kit.contract import AttemptId, RunId

type _OfSteps = events.OfAttempt | events.OfStep | events.Reopened
"""What changes a step."""


class RunState(enum.StrEnum):
    """Where a run stands."""

    ABSENT = "absent"
    OPEN = "open"
    DRIVEN = "driven"
    FINISHED = "finished"


class StepState(enum.StrEnum):
    """Where a step stands. TRIED is the moment between a failed attempt and what is decided about it."""

    PENDING = "pending"
    STARTING = "starting"
    RUNNING = "running"
    STOPPING = "stopping"
    TRIED = "tried"
    RETRYING = "retrying"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    SKIPPED = "skipped"
    REUSED = "reused"


ACTIVE = frozenset({StepState.STARTING, StepState.RUNNING, StepState.STOPPING})
"""The states in which an execution of the step may exist."""
FINAL = frozenset({StepState.SUCCEEDED, StepState.FAILED, StepState.SKIPPED, StepState.REUSED})
DONE = frozenset({StepState.SUCCEEDED, StepState.REUSED})
"""The states in which a step has a result: its own, or that of the generation before."""

_R, _S = RunState, StepState

TRANSITIONS: Mapping[tuple[RunState | StepState, type[Event]], RunState | StepState] = {
    (_R.ABSENT, events.Opened): _R.OPEN,
    (_R.OPEN, events.Claimed): _R.DRIVEN,
    (_R.DRIVEN, events.Claimed): _R.DRIVEN,
    (_R.DRIVEN, events.Released): _R.OPEN,
    (_R.DRIVEN, events.Finished): _R.FINISHED,
    (_R.FINISHED, events.Reopened): _R.OPEN,
    (_R.OPEN, events.ReleaseChanged): _R.OPEN,
    (_R.OPEN, events.CancelRequested): _R.OPEN,
    (_R.DRIVEN, events.CancelRequested): _R.DRIVEN,
    (_R.DRIVEN, events.ReleaseChanged): _R.DRIVEN,
    (_R.DRIVEN, events.Intended): _R.DRIVEN,
    (_R.DRIVEN, events.Withdrawn): _R.DRIVEN,
    (_R.DRIVEN, events.Started): _R.DRIVEN,
    (_R.DRIVEN, events.Adopted): _R.DRIVEN,
    (_R.DRIVEN, events.StopOrdered): _R.DRIVEN,
    (_R.DRIVEN, events.Succeeded): _R.DRIVEN,
    (_R.DRIVEN, events.Failed): _R.DRIVEN,
    (_R.DRIVEN, events.Lost): _R.DRIVEN,
    (_R.DRIVEN, events.RetryScheduled): _R.DRIVEN,
    (_R.DRIVEN, events.Exhausted): _R.DRIVEN,
    (_R.DRIVEN, events.Skipped): _R.DRIVEN,
    (_S.PENDING, events.Intended): _S.STARTING,
    (_S.PENDING, events.Skipped): _S.SKIPPED,
    (_S.STARTING, events.Withdrawn): _S.PENDING,
    (_S.STARTING, events.Started): _S.RUNNING,
    (_S.STARTING, events.Failed): _S.TRIED,
    (_S.STARTING, events.Lost): _S.TRIED,
    (_S.RUNNING, events.Adopted): _S.RUNNING,
    (_S.RUNNING, events.StopOrdered): _S.STOPPING,
    (_S.RUNNING, events.Succeeded): _S.SUCCEEDED,
    (_S.RUNNING, events.Failed): _S.TRIED,
    (_S.RUNNING, events.Lost): _S.TRIED,
    (_S.STOPPING, events.Adopted): _S.STOPPING,
    (_S.STOPPING, events.Succeeded): _S.SUCCEEDED,
    (_S.STOPPING, events.Failed): _S.TRIED,
    (_S.STOPPING, events.Lost): _S.TRIED,
    (_S.TRIED, events.RetryScheduled): _S.RETRYING,
    (_S.TRIED, events.Exhausted): _S.FAILED,
    (_S.RETRYING, events.Intended): _S.STARTING,
    (_S.RETRYING, events.Exhausted): _S.FAILED,
    (_S.FAILED, events.Reopened): _S.PENDING,
    (_S.SKIPPED, events.Reopened): _S.PENDING,
}
"""From a state, by an event, to a state. An event concerns the run and, if it names one, a step: both must be here."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StepView:
    """A step as the log tells it.

    `number` is the last attempt's; `before` counts those that are not held against the step: they came before the last
    reopening, or were withdrawn.
    """

    state: StepState = StepState.PENDING
    number: int = 0
    before: int = 0
    held: bool = False
    """Whether the present driver knows the execution; what is active and not held has to be adopted."""
    first_started: datetime | None = None
    intended: datetime | None = None
    started: datetime | None = None
    ended: datetime | None = None
    due: datetime | None = None
    execution: str = ""
    log: str = ""
    digest: str = ""
    stop: StopReason | None = None
    failure: Failure | None = None
    reason: str = ""
    because: tuple[str, ...] = ()

    @property
    def tries(self) -> int:
        """Attempts that count against the step's budget."""
        return self.number - self.before


@dataclass(frozen=True, slots=True, kw_only=True)
class RunView:
    """A run as the log tells it, up to and with event `seq`. `since` is when its deadline began to count."""

    run: RunId
    release: Release
    storage: str
    state: RunState
    seq: int
    opened: datetime
    since: datetime
    finished: datetime | None = None
    outcome: Outcome | None = None
    driver: str = ""
    stopped: str = ""
    """Why the last driver left, when it left."""
    changed: tuple[str, ...] = ()
    """The steps for which he left, because something else is deployed for them than the run began with."""
    cancelled_by: str = ""
    """Who asked for the run's end, if somebody did."""
    steps: Mapping[str, StepView]

    @property
    def ended_because(self) -> str:
        """Why steps are left undone that no other step keeps from running, in words."""
        return ENDED[StopReason.CANCEL if self.cancelled_by else StopReason.DEADLINE]

    def attempt(self, step: str) -> AttemptId:
        """The id of the step's last attempt."""
        return AttemptId(self.run, step, self.steps[step].number)

    def in_state(self, *states: StepState) -> tuple[str, ...]:
        """The steps in one of these states, in the order of the pipeline."""
        return tuple(name for name, step in self.steps.items() if step.state in states)


def fold(log: Iterable[Recorded], view: RunView | None = None) -> RunView:
    """The state after the log, or after its continuation of `view`. Raises BrokenLog for a log that cannot be."""
    steps: dict[str, StepView] = dict(view.steps) if view is not None else {}  # Filled in place, also under `view`.
    for recorded in log:
        if recorded.seq != (view.seq if view is not None else 0) + 1:
            raise BrokenLog(f"{recorded.run}: event {recorded.seq} does not follow {view.seq if view else 0}")
        view = _opened(recorded, steps) if view is None else _apply_to_run(view, recorded, steps)
        for name, event in _by_step(recorded.event):
            steps[name] = _apply_to_step(name, event, steps, recorded)
    if view is None:
        raise BrokenLog("an empty log has no state")
    return view


def abandoned(view: RunView, reason: str) -> RunView:
    """The state of a run whose driver is known not to live, for those who only look."""
    steps = dict(view.steps)
    _orphan(steps)
    return dataclasses.replace(view, state=RunState.OPEN, driver="", stopped=reason, steps=steps)


def _by_step(event: Event) -> Iterator[tuple[str, _OfSteps]]:
    """The steps that an event concerns; none for most of the run's own."""
    match event:
        case events.AttemptEvent():
            yield event.attempt.step, event
        case events.StepEvent():
            yield event.step, event
        case events.Reopened():
            yield from ((name, event) for name in event.steps)


def _next(state: RunState | StepState, recorded: Recorded, what: str) -> RunState | StepState:
    try:
        return TRANSITIONS[state, type(recorded.event)]
    except KeyError:
        raise BrokenLog(
            f"{recorded.run}: event {recorded.seq} ({recorded.event.kind}) is not possible while {what} is {state}"
        ) from None


def _opened(recorded: Recorded, steps: dict[str, StepView]) -> RunView:
    event = recorded.event
    if not isinstance(event, events.Opened):
        raise BrokenLog(f"{recorded.run}: the log begins with {event.kind}, not with {events.Opened.kind}")
    steps.update((name, StepView()) for name in event.release.pipeline.steps)
    if unknown := [name for name in event.reused if name not in steps]:
        raise BrokenLog(f"{recorded.run}: it takes over {', '.join(unknown)}, which is no step of it")
    steps.update((name, StepView(state=StepState.REUSED)) for name in event.reused)
    return RunView(
        run=event.run,
        release=event.release,
        storage=event.storage,
        state=RunState.OPEN,
        seq=recorded.seq,
        opened=event.at,
        since=event.at,
        steps=steps,
    )


def _apply_to_run(view: RunView, recorded: Recorded, steps: dict[str, StepView]) -> RunView:
    state = _next(view.state, recorded, "the run")
    event = recorded.event
    view = dataclasses.replace(view, state=RunState(state), seq=recorded.seq, steps=steps)
    match event:
        case events.Claimed():
            _orphan(steps)
            # Whoever triggers a run after its deadline wants it run, not skipped: it has all its time again.
            late = event.at >= view.since + view.release.pipeline.deadline
            since = event.at if late else view.since
            view = dataclasses.replace(view, driver=event.driver, stopped="", changed=(), since=since)
        case events.Released():
            view = dataclasses.replace(view, driver="", stopped=event.reason, changed=event.changed)
        case events.Finished():
            view = dataclasses.replace(view, driver="", finished=event.at, outcome=event.outcome)
        case events.Reopened():
            release = event.release or view.release
            view = dataclasses.replace(view, since=event.at, finished=None, outcome=None, release=release)
            view = dataclasses.replace(view, cancelled_by="")
        case events.ReleaseChanged():
            view = dataclasses.replace(view, release=event.release)
        case events.CancelRequested():
            view = dataclasses.replace(view, cancelled_by=event.by)
    return view


def _orphan(steps: dict[str, StepView]) -> None:
    for name, step in steps.items():
        if step.held:
            steps[name] = dataclasses.replace(step, held=False)


def _apply_to_step(name: str, event: _OfSteps, steps: Mapping[str, StepView], recorded: Recorded) -> StepView:
    step = steps.get(name)
    if step is None:
        raise BrokenLog(f"{recorded.run}: event {recorded.seq} ({event.kind}) names {name!r}, which is no step of it")
    state = StepState(_next(step.state, recorded, f"step {name}"))
    if isinstance(event, events.AttemptEvent):
        _check_number(step, event, recorded)
    return _changed(step, event, state)


def _check_number(step: StepView, event: events.AttemptEvent, recorded: Recorded) -> None:
    expected = step.number + 1 if isinstance(event, events.Intended) else step.number
    if event.attempt != AttemptId(recorded.run, event.attempt.step, expected):
        raise BrokenLog(f"{recorded.run}: event {recorded.seq} ({event.kind}) is about {event.attempt}, not {expected}")


def _changed(step: StepView, event: _OfSteps, state: StepState) -> StepView:
    """The step in its next state, with what the event says of it."""
    match event:
        case events.AttemptEvent():
            return _changed_by_attempt(step, event, state)
        case events.RetryScheduled():
            return dataclasses.replace(step, state=state, due=event.due)
        case events.Exhausted():
            return dataclasses.replace(step, state=state, due=None, reason=event.reason)
        case events.Skipped():
            return dataclasses.replace(step, state=state, because=event.because)
        case events.Reopened():
            return dataclasses.replace(step, state=state, before=step.number, because=(), reason="", due=None)
        case _:
            assert_never(event)


def _changed_by_attempt(step: StepView, event: events.OfAttempt, state: StepState) -> StepView:
    match event:
        case events.Intended():
            step = StepView(
                state=state,
                number=event.attempt.number,
                before=step.before,
                held=True,
                first_started=step.first_started,
                intended=event.at,
                digest=event.digest,
            )
        case events.Withdrawn():
            step = dataclasses.replace(step, state=state, held=False, before=step.before + 1)
        case events.Started():
            step = dataclasses.replace(
                step,
                state=state,
                held=True,
                started=event.at,
                first_started=step.first_started or event.at,
                execution=event.execution,
                log=event.log,
            )
        case events.Adopted():
            step = dataclasses.replace(step, state=state, held=True, execution=event.execution)
        case events.StopOrdered():
            step = dataclasses.replace(step, state=state, stop=event.reason)
        case events.Succeeded():
            step = dataclasses.replace(step, state=state, held=False, ended=event.ended, failure=None)
        case events.Failed():
            step = dataclasses.replace(step, state=state, held=False, ended=event.ended, failure=event.failure)
        case events.Lost():
            step = dataclasses.replace(step, state=state, held=False, ended=event.at, failure=None)
        case _:
            assert_never(event)
    return step
