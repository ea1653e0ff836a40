"""The day's events as aggregate sees them: validate's lines, read into values. Pure."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final, Self

EARTHQUAKE: Final = "earthquake"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One valid event; `line` is its published form."""

    id: str
    time: dt.datetime
    magnitude: float | None
    region: str
    type: str
    line: Mapping[str, Any]

    @classmethod
    def of(cls, line: Mapping[str, Any]) -> Self:
        """Read a line of validate's events."""
        return cls(
            id=line["id"],
            time=dt.datetime.fromisoformat(line["time"]),
            magnitude=line["magnitude"],
            region=line["region"],
            type=line["type"],
            line=line,
        )


def magnitudes(events: tuple[Event, ...]) -> list[float]:
    """Magnitudes of the earthquakes that have one: quarry blasts and explosions follow another law."""
    return [event.magnitude for event in events if event.type == EARTHQUAKE and event.magnitude is not None]
