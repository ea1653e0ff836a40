"""Outputs that grew older than the pipeline file allows. Pure: no event tells it, only the passing of time.

It looks as long as an orchestrator runs. That one runs at all is for the cloud's own alerts to see.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.alerts.alert import Alert, status_command, subject
from orchestrator.core.model import AlertKind, Pipeline
from orchestrator.core.states import RunView, StepState
from orchestrator.core.story import Severity
from orchestrator.core.units import show_duration
from steps.kit.contract import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Stale:
    """An output whose newest version is older than it may be."""

    step: str
    output: str
    newest: datetime
    limit: timedelta


def watched(pipeline: Pipeline) -> frozenset[str]:
    """The steps that have an output whose age matters."""
    return frozenset(
        step.name for step in pipeline.steps.values() if any(output.freshness is not None for output in step.outputs)
    )


def successes(view: RunView) -> Mapping[str, datetime]:
    """When each step of a run that succeeded did."""
    ended = {name: step.ended for name, step in view.steps.items() if step.state is StepState.SUCCEEDED}
    return {name: at for name, at in ended.items() if at is not None}


def freshness(pipeline: Pipeline, newest: Mapping[str, datetime], now: datetime) -> tuple[Stale, ...]:
    """The outputs that are too old, given the newest success of each step; one that never was cannot be old."""
    return tuple(
        Stale(step=step.name, output=output.name, newest=newest[step.name], limit=output.freshness)
        for step in pipeline.steps.values()
        if step.name in newest
        for output in step.outputs
        if output.freshness is not None and now - newest[step.name] > output.freshness
    )


def alert(run: RunId, stale: Stale) -> Alert:
    """What is told of it, once for each output and run."""
    return Alert(
        kind=AlertKind.LATE,
        severity=Severity.ERROR,
        key=f"{run}/{stale.step}/{stale.output}/{AlertKind.LATE}",
        run=run,
        step=stale.step,
        title=f"{subject(run)}: {stale.output} is older than {show_duration(stale.limit)}",
        text=f"{stale.step} made it for the last time at {stale.newest:%Y-%m-%d %H:%M} UTC",
        advice="See why there is no newer one",
        command=status_command(run),
    )
