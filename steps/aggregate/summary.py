"""The day's statistics as one document. Pure; every number follows from the events.

Numbers that come from powers and logarithms are rounded to six digits, more than the data carry, so that the last bits
of a C library do not change the published bytes.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import zoneinfo
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Final

from steps.aggregate import counts
from steps.aggregate.catalogue import EARTHQUAKE, Event, magnitudes
from steps.aggregate.law import NoLawError, fit

FORMAT: Final = 1
LARGEST: Final = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """The logical date: its zone and its first and last moment, [start, end)."""

    logical_date: dt.date
    zone: zoneinfo.ZoneInfo
    start: dt.datetime
    end: dt.datetime


def summarize(lines: Iterable[Mapping[str, Any]], day: Day, *, quarantined: int) -> dict[str, Any]:
    """The statistics of validate's events."""
    events = tuple(Event.of(line) for line in lines)
    sizes = magnitudes(events)
    return {
        "format": FORMAT,
        "logical_date": day.logical_date.isoformat(),
        "time_zone": day.zone.key,
        "start": counts.iso(day.start),
        "end": counts.iso(day.end),
        "events": len(events),
        "quarantined": quarantined,
        "by_type": counts.by_type(events),
        "by_magnitude": counts.by_magnitude(sizes),
        "without_magnitude": sum(event.type == EARTHQUAKE and event.magnitude is None for event in events),
        "by_hour": counts.by_hour(events, start=day.start, end=day.end, zone=day.zone),
        "by_region": counts.by_region(events),
        "largest": [event.line for event in _largest(events)],
        "energy_joules": _rounded(counts.energy_joules(sizes)),
        **_law(sizes),
    }


def _largest(events: Iterable[Event]) -> list[Event]:
    sized = [(-event.magnitude, event.time, event.id, event) for event in events if event.magnitude is not None]
    return [event for *_, event in sorted(sized, key=lambda entry: entry[:3])[:LARGEST]]


def _law(sizes: list[float]) -> dict[str, Any]:
    try:
        law = fit(sizes)
    except NoLawError as error:
        return {"gutenberg_richter": None, "gutenberg_richter_reason": str(error)}
    rounded = {name: _rounded(value) for name, value in dataclasses.asdict(law).items() if name != "events"}
    return {"gutenberg_richter": {**rounded, "events": law.events}, "gutenberg_richter_reason": None}


def _rounded(value: float) -> float:
    return float(f"{value:.6g}")
