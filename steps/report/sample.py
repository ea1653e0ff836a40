"""Inputs for the tests of the page: what the steps before would publish for a list of events.

It never ships. The counts follow from the events, so that a test states only what it is about; `statistics` and the
other keyword arguments replace what a test wants to be different.
"""

from __future__ import annotations

import datetime as dt
import json
import math
import xml.etree.ElementTree as ET
import zoneinfo
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from steps.kit.contract import day_bounds
from steps.report.inputs import Day, Source
from steps.report.reading import read

type Json = dict[str, Any]

DATE: Final = dt.date(2018, 2, 1)
ZONE: Final = zoneinfo.ZoneInfo("America/New_York")
SOURCES: Final = (
    Source(step="validate", name="events.jsonl", sha256="ab" * 32, bytes=61887),
    Source(step="load", name="manifest", sha256="cd" * 32, bytes=None),
)
LAW: Final[Mapping[str, object]] = {"a": 2.4, "b": 0.92, "b_error": 0.07, "completeness": 1.2, "events": 140}


@dataclass(frozen=True, slots=True, kw_only=True)
class Published:
    """The bytes that the steps before published, and the count of load."""

    logical_date: dt.date
    events: bytes
    quarantine: bytes
    statistics: bytes
    findings: bytes
    loaded: int

    def read(self) -> Day:
        """The day that the page is made of."""
        return read(
            logical_date=self.logical_date,
            events=self.events,
            quarantine=self.quarantine,
            statistics=self.statistics,
            findings=self.findings,
            loaded=self.loaded,
            sources=SOURCES,
        )


def event(**changes: Any) -> Json:
    """One event in validate's form."""
    return {
        "id": "us1000abcd",
        "time": "2018-02-01T14:30:00.120Z",
        "magnitude": 4.5,
        "magnitude_type": "mb",
        "latitude": 10.0,
        "longitude": 120.0,
        "depth_km": 33.0,
        "place": "10km S of Somewhere, Philippines",
        "type": "earthquake",
        "status": "reviewed",
        "network": "us",
    } | changes


def many(number: int) -> list[Json]:
    """Events all over the world and the day, their sizes and depths different; the same at every call."""
    start = dt.datetime(2018, 2, 1, 5, tzinfo=dt.UTC)
    return [
        event(
            id=f"us{index:08}",
            time=(start + dt.timedelta(seconds=86399 * index / number)).isoformat().replace("+00:00", "Z"),
            magnitude=round((index * index * 7919 % 61) / 10 - 0.5, 1),
            latitude=math.degrees(math.asin((index * 0.5698402910 % 1) * 2 - 1)),
            longitude=(index * 0.7548776662 % 1) * 360 - 180,
            depth_km=float(index * 31 % 640),
        )
        for index in range(number)
    ]


def published(
    events: Sequence[Json],
    *,
    date: dt.date = DATE,
    zone: zoneinfo.ZoneInfo = ZONE,
    quarantine: Sequence[Json] = (),
    findings: Sequence[Json] = (),
    history: Sequence[Json] = (),
    statistics: Mapping[str, Any] | None = None,
) -> Published:
    """What the steps before publish for these events."""
    counted = _statistics(events, date, zone) | {"quarantined": len(quarantine)} | dict(statistics or {})
    found = {
        "format": 1,
        "logical_date": date.isoformat(),
        "trailing_days": 30,
        "days_compared": max(0, len(history) - 1),
        "findings": list(findings),
        "history": list(history),
    }
    return Published(
        logical_date=date,
        events=_lines(events),
        quarantine=_lines(quarantine),
        statistics=json.dumps(counted).encode(),
        findings=json.dumps(found).encode(),
        loaded=len(events),
    )


def past(*counts: int) -> list[Json]:
    """A history that ends with the day; each day's largest magnitude is 5.1."""
    first = DATE - dt.timedelta(days=len(counts) - 1)
    return [
        {"logical_date": (first + dt.timedelta(days=index)).isoformat(), "events": number, "largest": 5.1}
        for index, number in enumerate(counts)
    ]


def parse(markup: str) -> ET.Element:
    """The element that markup of our own making describes; raises where it is not well-formed."""
    return ET.fromstring(markup.encode())  # noqa: S314 - our own page, without a document type


def _lines(values: Iterable[Json]) -> bytes:
    return b"".join(json.dumps(value).encode() + b"\n" for value in values)


def _statistics(events: Sequence[Json], date: dt.date, zone: zoneinfo.ZoneInfo) -> Json:
    start, end = day_bounds(date, zone)
    earthquakes = [each for each in events if each["type"] == "earthquake"]
    sizes = [each["magnitude"] for each in earthquakes if _is_size(each["magnitude"])]
    largest = sorted(events, key=lambda each: -each["magnitude"] if _is_size(each["magnitude"]) else math.inf)
    regions = Counter((each["place"] or "elsewhere").rsplit(", ", 1)[-1] for each in events)
    return {
        "format": 1,
        "logical_date": date.isoformat(),
        "time_zone": zone.key,
        "start": start.isoformat(),
        "end": end.isoformat(),
        "events": len(events),
        "by_type": dict(Counter(each["type"] for each in events)),
        "by_magnitude": _bins(sizes),
        "without_magnitude": len(earthquakes) - len(sizes),
        "by_hour": _hours(events, start, end, zone),
        "by_region": [{"region": name, "events": number, "largest": 4.5} for name, number in regions.most_common()],
        "largest": largest[:10],
        "energy_joules": sum(10 ** (1.5 * size + 4.8) for size in sizes),
        "gutenberg_richter": None,
        "gutenberg_richter_reason": "There are only a few earthquakes.",
    }


def _bins(sizes: Sequence[float]) -> list[Json]:
    counts = Counter(math.floor(size * 2) for size in sizes)
    if not counts:
        return []
    halves = range(min(counts), max(counts) + 1)
    return [{"from": half / 2, "to": half / 2 + 0.5, "events": counts[half]} for half in halves]


def _hours(events: Sequence[Json], start: dt.datetime, end: dt.datetime, zone: zoneinfo.ZoneInfo) -> list[Json]:
    times = Counter((dt.datetime.fromisoformat(each["time"]) - start) // dt.timedelta(hours=1) for each in events)
    starts = [start + dt.timedelta(hours=index) for index in range((end - start) // dt.timedelta(hours=1))]
    return [
        {"start": time.isoformat(), "label": f"{time.astimezone(zone):%H:%M}", "events": times[index]}
        for index, time in enumerate(starts)
    ]


def _is_size(value: object) -> bool:
    return isinstance(value, int | float) and math.isfinite(value)
