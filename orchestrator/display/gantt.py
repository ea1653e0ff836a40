"""A run as a picture in time: one bar a step, its attempts apart from each other, the waits between them. Pure.

`█` worked and well, `▒` failed (`✗` at its end), `░` being started, `·` waiting for the next attempt, `▶` goes on, `?`
nobody looks whether it goes on, `┊` time left out.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta

from orchestrator.core.history import OPEN, Attempt, AttemptState, History
from orchestrator.core.states import RunState, RunView
from orchestrator.display.paint import of_state
from orchestrator.display.screen import Screen
from orchestrator.display.timescale import CUT, Scale, scale

_GAP = 2
_NARROWEST = 12
_LEGEND = (
    ("█", "work"),
    ("▒", "failed"),
    ("░", "starting"),
    ("·", "waiting to try again"),
    ("▶", "goes on"),
    ("?", "nobody looks"),
    (CUT, "time left out"),
)


def render(view: RunView, history: History, now: datetime, screen: Screen) -> list[str]:
    """The picture, no wider than the screen; empty where nothing was tried yet, or where there is no room for it."""
    label = max(map(len, view.steps)) + _GAP
    width = screen.drawing_width - label - 1
    end = now if view.state is RunState.DRIVEN else view.finished or history.last
    if not history.attempts or width < _NARROWEST:
        return []
    bars = scale([(view.opened, view.opened), *_busy(history, end), (end, end)], width=width)
    rows = {name: _bar(history.of(name), bars, end, driven=view.state is RunState.DRIVEN) for name in view.steps}
    lines = [
        f"{name:<{label}}{of_state(row, view.steps[name].state, colour=screen.colour)}" for name, row in rows.items()
    ]
    lines += [f"{'':{label}}{line}" for line in bars.axis()]
    used = set("".join(rows.values()))
    legend = "  ".join(f"{mark} {words}" for mark, words in _LEGEND if mark in used)
    return [*lines, f"{'':{label}}{legend}"] if len(used - {" ", "█"}) > 0 and len(legend) <= width else lines


def _busy(history: History, end: datetime) -> Iterator[tuple[datetime, datetime]]:
    """When something happened, or was waited for."""
    for attempt in history.attempts:
        yield attempt.intended, _end(attempt, end)
        if attempt.due is not None and attempt.ended is not None:
            yield attempt.ended, min(attempt.due, max(end, attempt.ended))


def _bar(attempts: tuple[Attempt, ...], bars: Scale, end: datetime, *, driven: bool) -> str:
    cells = [" "] * bars.width
    for column in bars.cuts:
        cells[column] = CUT
    for attempt in attempts:
        if attempt.due is not None and attempt.ended is not None:
            _fill(cells, bars, attempt.ended, min(attempt.due, max(end, attempt.ended)), "·")
    for attempt in attempts:
        _draw(cells, bars, attempt, end, driven=driven)
    return "".join(cells).rstrip()


def _draw(cells: list[str], bars: Scale, attempt: Attempt, end: datetime, *, driven: bool) -> None:
    good = attempt.state in OPEN or attempt.state is AttemptState.SUCCEEDED
    if attempt.started is None or attempt.started - attempt.intended > timedelta(seconds=1):
        _fill(cells, bars, attempt.intended, attempt.started or _end(attempt, end), "░")
    if attempt.started is not None:
        _fill(cells, bars, attempt.started, _end(attempt, end), "█" if good else "▒")
    last = bars.column(_end(attempt, end))
    if attempt.state in OPEN:
        cells[last] = "▶" if driven else "?"
    elif not good:
        cells[last] = "✗"


def _fill(cells: list[str], bars: Scale, start: datetime, end: datetime, mark: str) -> None:
    for column in range(bars.column(start), bars.column(end) + 1):
        if cells[column] != CUT:
            cells[column] = mark


def _end(attempt: Attempt, end: datetime) -> datetime:
    return attempt.ended or max(end, attempt.started or attempt.intended)
