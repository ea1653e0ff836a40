"""Each event as a sentence for people, with its severity: what logs, the terminal and alerts say alike."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import assert_never

from orchestrator.core import events
from orchestrator.core.events import Event, Outcome, StopReason
from orchestrator.core.states import DONE, RunView, StepState


class Severity(enum.StrEnum):
    """Cloud Logging's names."""

    INFO = "INFO"
    NOTICE = "NOTICE"
    WARNING = "WARNING"
    ERROR = "ERROR"


@dataclass(frozen=True, slots=True, kw_only=True)
class Told:
    """`subject` is the step or the run; `lines` is what to show below."""

    severity: Severity
    subject: str
    text: str
    lines: tuple[str, ...] = ()


_STOPS = {
    StopReason.TIMEOUT: ": its timeout passed",
    StopReason.DEADLINE: ": the run's deadline passed",
    StopReason.CANCEL: "",
}


def tell(event: Event, view: RunView) -> Told:
    """An event in words, given the state not long after it."""
    match event:
        case events.RunEvent():
            return _of_run(event, view)
        case events.AttemptEvent():
            return _of_attempt(event, view)
        case events.Exhausted():
            return Told(severity=Severity.ERROR, subject=event.step, text=f"failed for good: {event.reason}")
        case events.RetryScheduled():
            seconds = (event.due - event.at).total_seconds()
            text = f"attempt {event.number} of {_budget(view, event.step)} follows in {seconds:.1f} s"
            return Told(severity=Severity.NOTICE, subject=event.step, text=text)
        case events.Skipped():
            because = f"because of {', '.join(event.because)}" if event.because else f"because {view.ended_because}"
            return Told(severity=Severity.WARNING, subject=event.step, text=f"skipped {because}")
        case _:
            assert_never(event)


def seconds(time: timedelta) -> str:
    """A duration as people read it: 3.2 s, 1:05, 2:03:04."""
    total = max(time.total_seconds(), 0.0)
    if total < 60:  # noqa: PLR2004  (a minute)
        return f"{total:.1f} s"
    minutes, rest = divmod(int(total), 60)
    hours, minutes = divmod(minutes, 60)
    return f"{hours}:{minutes:02d}:{rest:02d}" if hours else f"{minutes}:{rest:02d}"


def elapsed(view: RunView, now: datetime) -> timedelta:
    """How long a run has been going since it was opened or reopened."""
    return (view.finished or now) - view.since


def _of_run(event: events.OfRun, view: RunView) -> Told:
    severity = Severity.INFO
    match event:
        case events.Opened():
            release = event.release
            marked = f"{release.revision[:12]}{' with uncommitted changes' if release.dirty else ''}"
            text = f"opened with {len(release.pipeline.steps)} steps, release {marked}"
            if event.by:
                text += f", by {_who(event.by, event.why)}"
        case events.Claimed():
            text = f"driven by {event.driver}"
        case events.Released():
            left = len(view.in_state(StepState.STARTING, StepState.RUNNING, StepState.STOPPING))
            severity, text = Severity.NOTICE, f"stopped by {event.reason}, {left} executions run on"
        case events.Reopened() | events.ReleaseChanged() | events.CancelRequested():
            severity, text = Severity.NOTICE, _decision(event)
        case events.Finished():
            severity, text = _end(event, view)
        case _:
            assert_never(event)
    return Told(severity=severity, subject=str(view.run), text=text)


def _decision(event: events.Reopened | events.ReleaseChanged | events.CancelRequested) -> str:
    match event:
        case events.Reopened():
            return f"reopened by {_who(event.by, event.why)} to do again: {', '.join(event.steps)}"
        case events.ReleaseChanged():
            return f"goes on under release {event.release.revision[:12]}, as {event.by} allowed"
        case events.CancelRequested():
            return f"is to be cancelled, asked for by {_who(event.by, event.why)}"
        case _:
            assert_never(event)


def _end(event: events.Finished, view: RunView) -> tuple[Severity, str]:
    took = seconds(event.at - view.since)
    match event.outcome:
        case Outcome.SUCCEEDED:
            return Severity.INFO, f"succeeded in {took}"
        case Outcome.CANCELLED:
            undone = len(view.steps) - len(view.in_state(*DONE))
            return Severity.WARNING, f"cancelled after {took}, {undone} steps are not done"
        case Outcome.FAILED:
            return Severity.ERROR, f"failed in {took}: {', '.join(view.in_state(StepState.FAILED))}"
        case _:
            assert_never(event.outcome)


def _of_attempt(event: events.OfAttempt, view: RunView) -> Told:
    severity, lines = Severity.INFO, tuple[str, ...]()
    match event:
        case events.Intended():
            text = "starting"
        case events.Started():
            text = f"started as {event.execution}"
        case events.Adopted():
            text = f"adopted {event.execution}"
        case events.Withdrawn():
            severity, text = Severity.NOTICE, f"is not started: {event.message}"
        case events.StopOrdered():
            severity, text = Severity.WARNING, f"is being cancelled{_STOPS[event.reason]}"
        case events.Succeeded():
            text = f"succeeded{_after(view, event)}"
        case events.Failed():
            severity, lines = Severity.WARNING, event.failure.last_lines
            text = f"{event.failure.message}{_after(view, event)}"
        case events.Lost():
            severity, text = Severity.WARNING, f"lost: {event.message}"
        case _:
            assert_never(event)
    number = event.attempt.number
    if number > 1 or severity is not Severity.INFO:
        text = f"attempt {number} {text}"
    return Told(severity=severity, subject=event.attempt.step, text=text, lines=lines)


def _who(by: str, why: str) -> str:
    return f"{by} ({why})" if why else by


def _after(view: RunView, event: events.Succeeded | events.Failed) -> str:
    step = view.steps[event.attempt.step]
    if step.started is None or step.number != event.attempt.number:
        return ""
    return f" after {seconds(event.ended - step.started)}"


def _budget(view: RunView, name: str) -> int:
    return view.steps[name].before + view.release.pipeline.steps[name].retry.attempts
