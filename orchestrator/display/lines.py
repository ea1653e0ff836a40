"""One readable line for each event, for a standard error that is no terminal: a file, a pipe, a CI log."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TextIO

from orchestrator.core.events import Recorded
from orchestrator.core.states import RunView
from orchestrator.core.story import Severity, Told, tell
from orchestrator.display.paint import cut, of_severity
from steps.kit.contract import AttemptId

_WIDTH = 500


@dataclass(frozen=True, slots=True)
class TextLines:
    """See `ports.Voice`."""

    stream: TextIO

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """See `ports.Subscriber`."""
        for each in recorded:
            for line in of_event(each.event.at, tell(each.event, view), colour=False):
                self.stream.write(line + "\n")
        self.stream.flush()

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """See `ports.Subscriber`: the passing of time is no news."""

    def say(self, severity: Severity, text: str) -> None:  # noqa: ARG002  (lines have no colour)
        """See `ports.Voice`."""
        self.stream.write(text + "\n")
        self.stream.flush()

    def close(self) -> None:
        """See `ports.Voice`."""


def of_event(at: datetime, told: Told, *, colour: bool) -> list[str]:
    """The lines that tell an event, in the machine's local time."""
    time = at.astimezone().strftime("%H:%M:%S")
    first = f"{time}  {told.subject}: {told.text}"
    below = [f"          | {cut(line, _WIDTH)}" for line in told.lines]
    return [of_severity(first, told.severity, colour=colour), *below]
