"""Counts of a day's events by type, magnitude, local hour and region, and their energy. Pure."""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Sequence
from typing import Any, Final

from steps.aggregate.catalogue import Event

BIN: Final = 0.5
HOUR: Final = dt.timedelta(hours=1)


def by_type(events: Iterable[Event]) -> dict[str, int]:
    """Events of each type."""
    return dict(Counter(event.type for event in events))


def by_magnitude(magnitudes: Sequence[float]) -> list[dict[str, Any]]:
    """Contiguous bins of half a magnitude, lower edge included, from the smallest to the largest."""
    counts = Counter(math.floor(magnitude / BIN) for magnitude in magnitudes)
    numbers = range(min(counts), max(counts) + 1) if counts else range(0)
    return [{"from": number * BIN, "to": (number + 1) * BIN, "events": counts[number]} for number in numbers]


def by_hour(
    events: Iterable[Event], *, start: dt.datetime, end: dt.datetime, zone: zoneinfo.ZoneInfo
) -> list[dict[str, Any]]:
    """One entry for each hour that passes between `start` and `end`: 23, 24 or 25, labelled with the local clock."""
    counts = Counter((event.time - start) // HOUR for event in events)
    starts = [start + HOUR * number for number in range(-((start - end) // HOUR))]
    return [
        {"start": iso(moment), "label": moment.astimezone(zone).strftime("%H:%M"), "events": counts[number]}
        for number, moment in enumerate(starts)
    ]


def by_region(events: Iterable[Event]) -> list[dict[str, Any]]:
    """Events and largest magnitude of each region, most events first."""
    events = tuple(events)
    counts = Counter(event.region for event in events)
    largest: dict[str, float] = {}
    for event in events:
        if event.magnitude is not None:
            largest[event.region] = max(event.magnitude, largest.get(event.region, -math.inf))
    ordered = sorted(counts, key=lambda name: (-counts[name], name))
    return [{"region": name, "events": counts[name], "largest": largest.get(name)} for name in ordered]


def energy_joules(magnitudes: Iterable[float]) -> float:
    """Energy radiated as seismic waves: log10 E = 4.8 + 1.5 M (Gutenberg and Richter 1956, Ann. Geofis. 9, 1-15)."""
    return math.fsum(10 ** (4.8 + 1.5 * magnitude) for magnitude in magnitudes)


def iso(moment: dt.datetime) -> str:
    """A moment in UTC, to the second."""
    return moment.astimezone(dt.UTC).isoformat(timespec="seconds").replace("+00:00", "Z")
