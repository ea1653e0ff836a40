"""What the commands say, as JSON: the same words as for people, in a form that stays. `docs/cli.md` describes it.

A key is never renamed and never changes its meaning; keys may be added.
"""

from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import datetime

from orchestrator.core import explain
from orchestrator.core.attention import Concern
from orchestrator.core.events import Failure, Recorded
from orchestrator.core.history import Attempt, Decision, History
from orchestrator.core.states import RunView, fold
from orchestrator.core.story import tell


def run(view: RunView, history: History, now: datetime, concerns: Sequence[Concern]) -> dict[str, object]:
    """One run with its steps, and each step with its attempts."""
    return {
        "run": str(view.run),
        "pipeline": view.run.pipeline,
        "logical_date": view.run.logical_date.isoformat(),
        "generation": view.run.generation,
        "state": view.state,
        "outcome": view.outcome,
        "driver": view.driver or None,
        "stopped": view.stopped or None,
        "cancelled_by": view.cancelled_by or None,
        "opened": time(view.opened),
        "since": time(view.since),
        "finished": time(view.finished),
        "revision": view.release.revision,
        "dirty": view.release.dirty,
        "storage": view.storage,
        "attention": [{"text": concern.text, "commands": concern.commands} for concern in concerns],
        "decisions": [_decision(decision) for decision in history.decisions],
        "steps": {name: _step(view, history, name, now) for name in view.steps},
    }


def events(log: Sequence[Recorded]) -> list[dict[str, object]]:
    """A run's log in words."""
    view, lines = None, list[dict[str, object]]()
    for recorded in log:
        view = fold([recorded], view)
        told = tell(recorded.event, view)
        lines.append(
            {
                "seq": recorded.seq,
                "at": time(recorded.event.at),
                "kind": recorded.event.kind,
                "subject": told.subject,
                "severity": told.severity,
                "text": told.text,
            }
        )
    return lines


def time(at: datetime | None) -> str | None:
    """A moment in UTC."""
    return at.isoformat().replace("+00:00", "Z") if at is not None else None


def _decision(decision: Decision) -> dict[str, object]:
    return {"at": time(decision.at), "what": decision.what, "by": decision.by, "why": decision.why or None}


def _step(view: RunView, history: History, name: str, now: datetime) -> dict[str, object]:
    step = view.steps[name]
    return {
        "state": step.state,
        "attempts": step.number,
        "started": time(step.first_started),
        "ended": time(step.ended),
        "seconds": ((step.ended or now) - step.started).total_seconds() if step.started else None,
        "next_attempt": time(step.due),
        "execution": step.execution or None,
        "digest": step.digest or None,
        "log": step.log or None,
        "why": explain.why(view.release.pipeline, view, name, now=now) or None,
        "failure": _failure(step.failure),
        "history": [_attempt(attempt) for attempt in history.of(name)],
    }


def _attempt(attempt: Attempt) -> dict[str, object]:
    return {
        "attempt": str(attempt.id),
        "number": attempt.id.number,
        "outcome": attempt.state,
        "digest": attempt.digest or None,
        "execution": attempt.execution or None,
        "intended": time(attempt.intended),
        "started": time(attempt.started),
        "ended": time(attempt.ended),
        "log": attempt.log or None,
        "message": attempt.message or None,
        "failure": _failure(attempt.failure),
    }


def _failure(failure: Failure | None) -> dict[str, object] | None:
    return dataclasses.asdict(failure) if failure is not None else None
