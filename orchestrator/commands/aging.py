"""Outputs that are older than they may be, as far as the latest runs tell: a part of what `status` begins with."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from orchestrator.alerts.freshness import freshness, successes
from orchestrator.core.attention import Concern
from orchestrator.core.states import RunView
from orchestrator.core.units import show_duration
from orchestrator.display.page import moment


def concerns(views: Sequence[RunView], now: datetime, *, place: str = "") -> tuple[Concern, ...]:
    """What is too old, by the newest run of each pipeline; `views` has the newest runs first."""
    newest = {view.run.pipeline: view for view in reversed(views)}
    return tuple(concern for view in newest.values() for concern in _of_pipeline(view, views, now, place=place))


def _of_pipeline(newest: RunView, views: Sequence[RunView], now: datetime, *, place: str) -> list[Concern]:
    made: dict[str, datetime] = {}
    for view in views:
        if view.run.pipeline == newest.run.pipeline:
            for step, at in successes(view).items():
                made[step] = max(at, made.get(step, at))
    return [
        Concern(
            run=newest.run,
            text=f"is the newest run, and {stale.output} of {stale.step} is older than {show_duration(stale.limit)}: "
            f"made for the last time at {moment(stale.newest)}",
            commands=(f"nightjar status {newest.run} {place}".rstrip(),),
        )
        for stale in freshness(newest.release.pipeline, made, now)
    ]
