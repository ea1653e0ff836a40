"""The live view of a run: one line a step, redrawn in place, with what needs attention written above it.

For a standard error that is a terminal. It never hides the cursor and never needs to be undone: if the process dies,
what stands on the terminal is a table and the prompt follows below.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import TextIO

from orchestrator.core.events import Recorded
from orchestrator.core.states import ACTIVE, RunView
from orchestrator.core.story import Severity, tell
from orchestrator.display import table
from orchestrator.display.lines import of_event
from orchestrator.display.paint import cut, of_severity, size
from orchestrator.ports import Clock
from steps.kit.contract import AttemptId

_CLEAR_LINE = "\x1b[K"
_CLEAR_BELOW = "\x1b[J"


class Live:
    """See `ports.Voice`."""

    def __init__(self, stream: TextIO, clock: Clock, *, colour: bool) -> None:
        self._stream = stream
        self._clock = clock
        self._colour = colour
        self._height = 0
        self._columns = 0
        self._tasks_done: Mapping[AttemptId, int] = {}
        self._view: RunView | None = None

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """See `ports.Subscriber`."""
        told = [(each.event.at, tell(each.event, view)) for each in recorded]
        lines = [
            line
            for at, each in told
            if each.severity is not Severity.INFO
            for line in of_event(at, each, colour=self._colour)
        ]
        self._draw(view, self._clock.now(), above=lines)

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """See `ports.Subscriber`."""
        self._tasks_done = tasks_done
        self._draw(view, now, above=[])

    def say(self, severity: Severity, text: str) -> None:
        """See `ports.Voice`. Said below a finished picture, above one that moves."""
        lines = [of_severity(line, severity, colour=self._colour) for line in text.splitlines()]
        if self._view is None:
            self._stream.write("".join(f"{line}\n" for line in lines))
            self._stream.flush()
        else:
            self._draw(self._view, self._clock.now(), above=lines)

    def close(self) -> None:
        """See `ports.Voice`: what stands there stays, and what is said later is said below it."""
        self._height = 0
        self._view = None

    def _draw(self, view: RunView, now: datetime, *, above: Sequence[str]) -> None:
        columns, rows = size(self._stream)
        # A terminal that was made narrower has wrapped the lines that stand there: start a new picture below.
        back = f"\x1b[{self._height}A" if self._height and columns >= self._columns else ""
        picture = self._picture(view, now, width=columns - 1, height=rows - 2)
        self._stream.write("".join([back, *(f"{line}{_CLEAR_LINE}\n" for line in [*above, *picture]), _CLEAR_BELOW]))
        self._stream.flush()
        self._height, self._columns, self._view = len(picture), columns, view

    def _picture(self, view: RunView, now: datetime, *, width: int, height: int) -> list[str]:
        rows = table.rows(view, now, self._tasks_done)
        hidden = len(rows) + 2 - height
        if hidden > 0:
            rows.sort(key=lambda row: row.state not in ACTIVE)
            rows = rows[: max(height - 3, 0)]
        lines = [cut(table.headline(view, now), width), *table.lay_out(rows, width=width, colour=self._colour)]
        return [*lines, f"… and {len(view.steps) - len(rows)} more steps"] if hidden > 0 else lines
