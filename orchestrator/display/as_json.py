"""A run as JSON, for `status --json`: the same words as the table, for programs."""

from __future__ import annotations

import dataclasses
from datetime import datetime

from orchestrator.core import explain
from orchestrator.core.states import RunView


def run(view: RunView, now: datetime) -> dict[str, object]:
    """One run with its steps."""
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
        "opened": _time(view.opened),
        "finished": _time(view.finished),
        "revision": view.release.revision,
        "storage": view.storage,
        "steps": {name: _step(view, name, now) for name in view.steps},
    }


def _step(view: RunView, name: str, now: datetime) -> dict[str, object]:
    step = view.steps[name]
    return {
        "state": step.state,
        "attempts": step.number,
        "started": _time(step.first_started),
        "ended": _time(step.ended),
        "seconds": ((step.ended or now) - step.started).total_seconds() if step.started else None,
        "next_attempt": _time(step.due),
        "execution": step.execution or None,
        "digest": step.digest or None,
        "log": step.log or None,
        "why": explain.why(view.release.pipeline, view, name, now=now) or None,
        "failure": dataclasses.asdict(step.failure) if step.failure else None,
    }


def _time(at: datetime | None) -> str | None:
    return at.isoformat().replace("+00:00", "Z") if at is not None else None
