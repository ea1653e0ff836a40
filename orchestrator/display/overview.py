"""The latest runs at a glance: what needs attention, what runs, and the rest as a table. Pure.

This is what `nightjar status` prints, and what somebody reads first who was told that something is wrong.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.core.attention import Concern
from orchestrator.core.events import Recorded
from orchestrator.core.history import History
from orchestrator.core.states import ACTIVE, DONE, RunState, RunView, StepState
from orchestrator.core.story import elapsed, seconds
from orchestrator.display import paint, table
from orchestrator.display.page import helping, wrapped
from orchestrator.display.screen import Screen

_HEAD = ("run", "state", "gen", "steps", "started", "took", "by")


@dataclass(frozen=True, slots=True)
class Seen:
    """A run as it is and as it came to be."""

    view: RunView
    history: History
    log: tuple[Recorded, ...]


def render(runs: Sequence[Seen], concerns: Sequence[Concern], now: datetime, screen: Screen) -> list[str]:
    """Attention first, then what runs, then all."""
    running = [seen.view for seen in runs if seen.view.state is RunState.DRIVEN]
    blocks = [
        _attention(concerns, screen),
        _running(running, now, screen),
        [_title("Runs", screen), *runs_table(runs, now, screen)],
    ]
    return [line for block in blocks if block for line in ["", *block]][1:]


def runs_table(runs: Sequence[Seen], now: datetime, screen: Screen) -> list[str]:
    """One line a run."""
    head, *body = table.grid([_HEAD, *(_cells(seen, now) for seen in runs)], width=screen.width)
    return [
        head,
        *(
            paint.of_run(line, seen.view.state, seen.view.outcome, colour=screen.colour)
            for line, seen in zip(body, runs, strict=True)
        ),
    ]


def _title(text: str, screen: Screen) -> str:
    return paint.bold(text, colour=screen.colour)


def _attention(concerns: Sequence[Concern], screen: Screen) -> list[str]:
    if not concerns:
        return []
    lines = [_title(f"{len(concerns)} {'needs' if len(concerns) == 1 else 'need'} attention", screen)]
    for concern in concerns:
        lines += [*wrapped(f"{concern.run} {concern.text}", screen), *helping(concern, screen)]
    return lines


def _running(views: Sequence[RunView], now: datetime, screen: Screen) -> list[str]:
    return (
        [_title("Running", screen), *(line for view in views for line in _progress(view, now, screen))] if views else []
    )


def _progress(view: RunView, now: datetime, screen: Screen) -> list[str]:
    """The steps that a running run is busy with."""
    busy = [row for row in table.rows(view, now, {}) if row.state in ACTIVE or row.state is StepState.RETRYING]
    lines = table.lay_out(busy, width=screen.width, colour=screen.colour)[1:] if busy else []
    return [paint.cut(table.headline(view, now), screen.width), *(f"  {line}" for line in lines)]


def _cells(seen: Seen, now: datetime) -> tuple[str, ...]:
    view = seen.view
    over = view.finished is not None or view.state is RunState.DRIVEN
    return (
        str(view.run),
        state(view),
        str(view.run.generation),
        f"{len(view.in_state(*DONE))} of {len(view.steps)}",
        view.since.astimezone().strftime("%Y-%m-%d %H:%M"),
        seconds(elapsed(view, now)) if over else "",
        by(seen.history),
    )


def state(view: RunView) -> str:
    """The run's state in one word."""
    if view.outcome is not None:
        return str(view.outcome)
    if view.state is RunState.DRIVEN:
        return "cancelling" if view.cancelled_by else "running"
    return "stopped" if view.stopped else "open"


def by(history: History) -> str:
    """Who asked for the run last, or the machine that drove it unasked."""
    return history.decisions[-1].by if history.decisions else history.driver.partition("/")[0]
