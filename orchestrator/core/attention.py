"""Which runs wait for a person, why, and the command that helps: what `nightjar status` begins with.

A day that a later generation has taken over needs nobody's attention any more.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core.events import Outcome
from orchestrator.core.explain import last_failure
from orchestrator.core.states import RunState, RunView, StepState
from steps.kit.contract import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Concern:
    """One thing that somebody has to look at; `commands` is what helps, in the order in which it does."""

    run: RunId
    text: str
    commands: tuple[str, ...]


def concerns(views: Sequence[RunView], *, place: str = "") -> tuple[Concern, ...]:
    """What needs attention in these runs, in their order; `place` is what commands need besides to look there."""
    newest = dict[tuple[object, ...], int]()
    for view in views:
        day = (view.run.pipeline, view.run.logical_date)
        newest[day] = max(newest.get(day, 0), view.run.generation)
    current = (each for each in views if each.run.generation == newest[each.run.pipeline, each.run.logical_date])
    return tuple(concern for view in current if (concern := of_run(view, place=place)) is not None)


def of_run(view: RunView, *, place: str = "") -> Concern | None:
    """What needs attention in a run; None where all goes as it should."""
    if view.outcome is Outcome.SUCCEEDED:
        return None
    match view.state:
        case RunState.FINISHED:
            text, *commands = _finished(view)
        case RunState.DRIVEN if view.in_state(StepState.FAILED):
            text, *commands = f"runs, and will fail{_failed(view)}", f"nightjar logs {view.run}"
        case RunState.DRIVEN:
            return None
        case _:
            text, *commands = _left(view)
    return Concern(run=view.run, text=text, commands=tuple(f"{each} {place}".rstrip() for each in commands))


def _finished(view: RunView) -> tuple[str, ...]:
    retry = f"nightjar retry {view.run}"
    if view.outcome is Outcome.CANCELLED:
        return f"was cancelled by {view.cancelled_by}", retry
    return f"failed{_failed(view)}", f"nightjar logs {view.run}", retry


def _failed(view: RunView) -> str:
    """Which step failed and why, the first one for all."""
    failed = view.in_state(StepState.FAILED)
    if not failed:
        return ""
    more = f"; and {len(failed) - 1} more" if len(failed) > 1 else ""
    return f": {failed[0]}: {last_failure(view, failed[0])}{more}"


def _left(view: RunView) -> tuple[str, ...]:
    run = f"nightjar run --date {view.run.logical_date}"
    if view.cancelled_by:
        return f"is to be cancelled for {view.cancelled_by}, and nobody drives it", f"nightjar cancel {view.run}"
    if view.changed:
        return f"is left, because something else is deployed for {', '.join(view.changed)}", f"{run} --allow-mixed"
    if view.stopped:
        return f"is left unfinished: {view.stopped}", run
    return "is open, and nobody drives it", run
