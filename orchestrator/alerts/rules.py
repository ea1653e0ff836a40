"""Which events somebody wants to be told of, and in which words. Pure: the same log gives the same alerts.

`follow` walks a run's log event by event, so that whoever comes after a crash derives the same alerts with the same
keys. An outcome or an event that this version does not know is no alert and no error. What no event tells, the age of
an output, is in `freshness`.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Final

from orchestrator.alerts.alert import MOST_NAMES, Alert, last_words, names, status_command, subject
from orchestrator.core import events, story
from orchestrator.core.events import ENDED, Event, Outcome, Recorded, StopReason
from orchestrator.core.model import AlertKind
from orchestrator.core.states import RunView, StepState, StepView, fold
from orchestrator.core.story import Severity
from orchestrator.core.units import show_duration
from steps.kit.contract import RunId

_MOST_FAILED: Final = 10
_ENDS: Final = {"succeeded": "succeeded", "failed": "failed", "cancelled": "was cancelled"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """A run up to an event: its state, whether it failed and has not succeeded since, whether its deadline was told."""

    view: RunView
    failed: bool = False
    late: bool = False


def follow(
    scene: Scene | None, recorded: Recorded, *, previous: Outcome | None = None
) -> tuple[Scene, tuple[Alert, ...]]:
    """The scene after the next event, and what it tells. `previous` is how the run before this one ended."""
    view = fold([recorded], scene.view if scene is not None else None)
    if scene is None:
        return Scene(view=view), ()
    late = scene.late and view.since == scene.view.since
    passed = not late and _is_late(recorded.event, view)
    after = replace(scene, view=view, late=late or passed)
    alerts = tuple(_alerts(recorded, after, passed=passed, previous=previous))
    if isinstance(recorded.event, events.Finished):
        outcome = recorded.event.outcome
        after = replace(after, failed=outcome is Outcome.FAILED or (after.failed and outcome is not Outcome.SUCCEEDED))
    return after, alerts


def retry_command(run: RunId) -> str:
    """What does again what failed."""
    return f"nightjar retry {run}"


def _alerts(recorded: Recorded, scene: Scene, *, passed: bool, previous: Outcome | None) -> Iterator[Alert]:
    view, event = scene.view, recorded.event
    if passed:
        yield _late(recorded, view)
    match event:
        case events.RetryScheduled():
            yield _retried(recorded, view, event)
        case events.Finished():
            if event.outcome is Outcome.FAILED:
                yield _failed(recorded, view)
            if event.outcome is Outcome.SUCCEEDED and (scene.failed or previous is Outcome.FAILED):
                yield _recovered(recorded, view, itself=scene.failed)
            yield _summary(recorded, view, event)


def _is_late(event: Event, view: RunView) -> bool:
    """Whether this is something that is only done because the deadline passed."""
    match event:
        case events.StopOrdered():
            because = event.reason is StopReason.DEADLINE
        case events.Exhausted():
            because = event.reason == ENDED[StopReason.DEADLINE]
        case events.Skipped():
            because = not event.because
        case _:
            because = False
    return because and event.at >= view.since + view.release.pipeline.deadline


def _key(recorded: Recorded, kind: AlertKind) -> str:
    return f"{recorded.run}/{recorded.seq}/{kind}"


def _failed(recorded: Recorded, view: RunView) -> Alert:
    failed, skipped = view.in_state(StepState.FAILED), view.in_state(StepState.SKIPPED)
    shown = [f"{name}: {_why(view.steps[name])}" for name in failed[:_MOST_FAILED]]
    if len(failed) > _MOST_FAILED:
        shown.append(f"failed as well: {names(failed[_MOST_FAILED:])}")
    if skipped:
        shown.append(f"skipped: {names(skipped)}")
    speaker = next((name for name in failed if _said(view.steps[name])), failed[0] if failed else "")
    return Alert(
        kind=AlertKind.FAILED,
        severity=Severity.ERROR,
        key=_key(recorded, AlertKind.FAILED),
        run=recorded.run,
        step=speaker,
        title=f"{subject(recorded.run)} failed: {names(failed)}",
        text="\n".join(shown),
        said=_said(view.steps[speaker]) if speaker else (),
        advice="When the cause is mended, do again what failed and what was skipped for it",
        command=retry_command(recorded.run),
        log=view.steps[speaker].log if speaker else "",
    )


def _retried(recorded: Recorded, view: RunView, event: events.RetryScheduled) -> Alert:
    step = view.steps[event.step]
    budget = step.before + view.release.pipeline.steps[event.step].retry.attempts
    what = step.failure.message if step.failure is not None else "was lost"
    return Alert(
        kind=AlertKind.RETRIED,
        severity=Severity.WARNING,
        key=_key(recorded, AlertKind.RETRIED),
        run=recorded.run,
        step=event.step,
        title=f"{subject(recorded.run)}: {event.step} will be tried again",
        text=f"attempt {step.number} of {budget}: {what}\n"
        f"attempt {event.number} follows in {story.seconds(event.due - event.at)}",
        said=_said(step),
        advice="Nothing has to be done; see how it goes on",
        command=status_command(recorded.run),
        log=step.log,
    )


def _late(recorded: Recorded, view: RunView) -> Alert:
    done = view.in_state(StepState.SUCCEEDED)
    left = tuple(name for name in view.steps if name not in done)
    deadline = show_duration(view.release.pipeline.deadline)
    return Alert(
        kind=AlertKind.LATE,
        severity=Severity.ERROR,
        key=_key(recorded, AlertKind.LATE),
        run=recorded.run,
        title=f"{subject(recorded.run)} is late: its deadline of {deadline} passed",
        text=f"{len(done)} of {len(view.steps)} steps are done\nnot done: {names(left)}",
        advice="What runs is stopped now; do the rest again",
        command=retry_command(recorded.run),
    )


def _recovered(recorded: Recorded, view: RunView, *, itself: bool) -> Alert:
    return Alert(
        kind=AlertKind.RECOVERED,
        severity=Severity.NOTICE,
        key=_key(recorded, AlertKind.RECOVERED),
        run=recorded.run,
        title=f"{subject(recorded.run)} succeeded again",
        text=f"{'it' if itself else 'the run before it'} had failed\n"
        f"succeeded in {story.seconds(story.elapsed(view, recorded.event.at))}",
        advice="Nothing has to be done; see what happened",
        command=status_command(recorded.run),
    )


def _summary(recorded: Recorded, view: RunView, event: events.Finished) -> Alert:
    outcome = str(event.outcome)
    attempts = sum(step.number for step in view.steps.values())
    shown = [f"{name}: {_how(step)}" for name, step in view.steps.items()][:MOST_NAMES]
    if len(view.steps) > MOST_NAMES:
        shown.append(f"and {len(view.steps) - MOST_NAMES} more steps")
    took = story.seconds(story.elapsed(view, event.at))
    return Alert(
        kind=AlertKind.SUMMARY,
        severity=Severity.INFO if event.outcome is Outcome.SUCCEEDED else Severity.WARNING,
        key=_key(recorded, AlertKind.SUMMARY),
        run=recorded.run,
        title=f"{subject(recorded.run)} {_ENDS.get(outcome, f'ended as {outcome}')} in {took}",
        text="\n".join([f"{_count(len(view.steps), 'step')}, {_count(attempts, 'attempt')}", *shown]),
        advice="All of it",
        command=status_command(recorded.run),
    )


def _why(step: StepView) -> str:
    what = step.failure.message if step.failure is not None else "its last attempt was lost"
    return "; ".join(part for part in (what, step.reason) if part)


def _said(step: StepView) -> tuple[str, ...]:
    return last_words(step.failure.last_lines) if step.failure is not None else ()


def _how(step: StepView) -> str:
    """How a step ended, in how many attempts, and how long it took with the waits between them."""
    took = [story.seconds(step.ended - step.first_started)] if step.ended and step.first_started else []
    return ", ".join([str(step.state), *([_count(step.number, "attempt")] if step.number else []), *took])


def _count(number: int, what: str) -> str:
    return f"{number} {what}{'' if number == 1 else 's'}"
