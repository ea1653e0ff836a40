"""What is to be done now: `decide` sees the pipeline, the folded log and the time, and returns actions as data.

It never does anything and keeps nothing: the same log and the same time give the same actions, whoever asks. The engine
performs them (`engine/engine.py`), `nightjar plan` prints them.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.core import backoff
from orchestrator.core.events import ENDED, Failure, FailureKind, Outcome, StopReason
from orchestrator.core.model import Pipeline, Retry, Step, When
from orchestrator.core.states import ACTIVE, DONE, FINAL, RunState, RunView, StepState, StepView
from steps.kit.contract import AttemptId, Exit

MARGIN = timedelta(minutes=1)
"""How much longer than its tasks need an attempt may take: runners end tasks by themselves and are trusted so long."""

HOPELESS = frozenset({Exit.USAGE, Exit.BAD_DATA, Exit.CONFIGURATION})
"""Exit codes that another attempt cannot mend, unless the pipeline's `retry` names them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Start:
    """Start this attempt from the image with this digest."""

    attempt: AttemptId
    digest: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Adopt:
    """Find the execution that an earlier driver started for this attempt, and wait for it."""

    attempt: AttemptId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stop:
    """Cancel this attempt's execution; its end will count as failed."""

    attempt: AttemptId
    reason: StopReason


@dataclass(frozen=True, slots=True, kw_only=True)
class ScheduleRetry:
    """Try the step again, as attempt `number`, not before `due`."""

    step: str
    number: int
    due: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class GiveUp:
    """The step failed for good."""

    step: str
    reason: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Skip:
    """The step will not run."""

    step: str
    because: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Wait:
    """Nothing to do until an attempt ends, or until this time."""

    until: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Finish:
    """Nothing is left to do."""

    outcome: Outcome


@dataclass(frozen=True, slots=True, kw_only=True)
class Leave:
    """Nothing can be done until a person decides: what is deployed for these steps is not what the run began with."""

    steps: tuple[str, ...]


type Action = Start | Adopt | Stop | ScheduleRetry | GiveUp | Skip | Wait | Finish | Leave


def decide(
    pipeline: Pipeline, view: RunView, now: datetime, *, barred: frozenset[str] = frozenset()
) -> tuple[Action, ...]:
    """Everything that can be done now; one Wait, Finish or Leave when there is nothing. Empty for a run not driven.

    `barred` steps must not be started, because something else than the run's own release is deployed for them.
    """
    if view.state is not RunState.DRIVEN:
        return ()
    end = _end(pipeline, view, now)
    left = tuple(name for name in pipeline.steps if view.steps[name].state not in FINAL)
    if not left:
        return (Finish(outcome=_outcome(view)),)
    settled = tuple(action for name in left for action in _settle(pipeline, view, name, now=now, end=end))
    ready = (name for name in left if end is None and _ready(pipeline, view, name, now))
    if actions := settled + tuple(_starts(pipeline, view, ready, barred)):
        return actions
    stuck = tuple(name for name in left if name in barred and _ready(pipeline, view, name, now))
    if stuck and set(view.in_state(*ACTIVE, StepState.RETRYING)) <= set(stuck):
        return (Leave(steps=stuck),)
    return (Wait(until=_next_moment(pipeline, view, now)),)


def limit(step: Step) -> timedelta:
    """How long one attempt of a step may take: each task its timeout, as many rounds as its parallelism needs."""
    rounds = -(-step.tasks // min(step.parallelism, step.tasks))
    return step.timeout * rounds + MARGIN


def _end(pipeline: Pipeline, view: RunView, now: datetime) -> StopReason | None:
    """Why the run as a whole has to come to its end, if it has to."""
    if view.cancelled_by:
        return StopReason.CANCEL
    return StopReason.DEADLINE if now >= view.since + pipeline.deadline else None


def _outcome(view: RunView) -> Outcome:
    if view.cancelled_by and len(view.in_state(*DONE)) < len(view.steps):
        return Outcome.CANCELLED
    return Outcome.FAILED if view.in_state(StepState.FAILED) else Outcome.SUCCEEDED


def _settle(pipeline: Pipeline, view: RunView, name: str, *, now: datetime, end: StopReason | None) -> Iterator[Action]:
    """What follows for one step from its own state and from the steps that it needs, but for starting it."""
    step = view.steps[name]
    match step.state:
        case StepState.PENDING if end is not None:
            yield Skip(step=name, because=())
        case StepState.PENDING if because := _blockers(pipeline, view, name):
            yield Skip(step=name, because=because)
        case StepState.RETRYING if end is not None:
            yield GiveUp(step=name, reason=ENDED[end])
        case StepState.TRIED:
            yield _after_failure(pipeline.steps[name], step, view.attempt(name), now=now, end=end)
        case state if state in ACTIVE and not step.held:
            yield Adopt(attempt=view.attempt(name))
        case StepState.RUNNING if end is not None:
            yield Stop(attempt=view.attempt(name), reason=end)
        case StepState.RUNNING if _overdue(pipeline.steps[name], step, now):
            yield Stop(attempt=view.attempt(name), reason=StopReason.TIMEOUT)


def _blockers(pipeline: Pipeline, view: RunView, name: str) -> tuple[str, ...]:
    if pipeline.steps[name].when is When.ALL_DONE:
        return ()
    hopeless = (StepState.FAILED, StepState.SKIPPED)
    return tuple(need for need in pipeline.steps[name].needs if view.steps[need].state in hopeless)


def _overdue(step: Step, view: StepView, now: datetime) -> bool:
    return view.started is not None and now >= view.started + limit(step)


def _after_failure(step: Step, view: StepView, attempt: AttemptId, *, now: datetime, end: StopReason | None) -> Action:
    if (reason := ENDED.get(end or view.stop or StopReason.TIMEOUT)) is not None:
        return GiveUp(step=step.name, reason=reason)
    if not _worth_it(step.retry, view.failure):
        return GiveUp(step=step.name, reason="another attempt would not help")
    if view.tries >= step.retry.attempts:
        return GiveUp(step=step.name, reason=f"no attempt is left of {step.retry.attempts}")
    due = now + backoff.delay(step.retry.backoff, attempt, tries=view.tries)
    return ScheduleRetry(step=step.name, number=view.number + 1, due=due)


def _worth_it(retry: Retry, failure: Failure | None) -> bool:
    """Whether another attempt may help; None stands for an attempt that was lost."""
    if failure is None:
        return True
    match failure.kind:
        case FailureKind.EXIT_CODE if retry.exit_codes is None:
            return failure.code not in HOPELESS
        case FailureKind.EXIT_CODE:
            return failure.code == Exit.AGAIN or failure.code in (retry.exit_codes or ())
        case FailureKind.CANCELLED:
            return False
        case _:
            return True


def _starts(pipeline: Pipeline, view: RunView, ready: Iterable[str], barred: frozenset[str]) -> Iterator[Start]:
    """Start what is ready, as far as there is room. Without room nobody is even asked whether it is ready."""
    room = pipeline.parallelism - len(view.in_state(*ACTIVE))
    if room <= 0:
        return
    for name in itertools.islice((name for name in ready if name not in barred), room):
        attempt = AttemptId(view.run, name, view.steps[name].number + 1)
        yield Start(attempt=attempt, digest=view.release.images[name].digest)


def _ready(pipeline: Pipeline, view: RunView, name: str, now: datetime) -> bool:
    step = view.steps[name]
    match step.state:
        case StepState.RETRYING:
            return step.due is not None and step.due <= now
        case StepState.PENDING:
            wanted = pipeline.steps[name]
            enough = FINAL if wanted.when is When.ALL_DONE else DONE
            return all(view.steps[need].state in enough for need in wanted.needs)
        case _:
            return False


def _next_moment(pipeline: Pipeline, view: RunView, now: datetime) -> datetime:
    """When something changes by the passing of time alone."""
    moments = [view.since + pipeline.deadline]
    for name, step in view.steps.items():
        if step.state is StepState.RETRYING and step.due is not None:
            moments.append(step.due)
        if step.state is StepState.RUNNING and step.started is not None:
            moments.append(step.started + limit(pipeline.steps[name]))
    return min((moment for moment in moments if moment > now), default=now + MARGIN)
