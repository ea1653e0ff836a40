"""The values that the page is made of: what validate, load, aggregate and detect published for one day.

Frozen, nothing but data. Their texts come from a catalogue that anybody may feed, so they are hostile until `markup`
has escaped them. `reading` makes them from bytes, `report` makes the page from them.
"""

from __future__ import annotations

import datetime as dt
import enum
import zoneinfo
from collections.abc import Mapping
from dataclasses import dataclass


class Severity(enum.StrEnum):
    """How much a finding matters, in the order in which a page tells them."""

    ALERT = "alert"
    NOTICE = "notice"
    INFO = "info"


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One event of the catalogue in validate's form."""

    id: str
    time: dt.datetime
    magnitude: float | None
    magnitude_type: str | None
    latitude: float
    longitude: float
    depth_km: float | None
    place: str | None
    type: str


@dataclass(frozen=True, slots=True)
class Bin:
    """How many earthquakes have a magnitude in [start, end)."""

    start: float
    end: float
    events: int


@dataclass(frozen=True, slots=True)
class Hour:
    """One hour of the local day; `label` is its local clock time."""

    start: dt.datetime
    label: str
    events: int


@dataclass(frozen=True, slots=True)
class Region:
    """One region of the day and its largest magnitude."""

    name: str
    events: int
    largest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """Gutenberg and Richter: log10 N(at least m) = a - b m, for magnitudes from `completeness` on."""

    a: float
    b: float
    b_error: float
    completeness: float
    events: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Statistics:
    """aggregate's statistics.json."""

    logical_date: dt.date
    zone: zoneinfo.ZoneInfo
    start: dt.datetime
    end: dt.datetime
    events: int
    quarantined: int
    by_type: Mapping[str, int]
    by_magnitude: tuple[Bin, ...]
    without_magnitude: int
    by_hour: tuple[Hour, ...]
    by_region: tuple[Region, ...]
    largest: tuple[Event, ...]
    energy_joules: float
    law: Law | None
    law_reason: str | None


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that detect says about the day."""

    kind: str
    severity: Severity
    title: str
    detail: str


@dataclass(frozen=True, slots=True)
class PastDay:
    """A day that detect compared with; the last one is the day itself."""

    logical_date: dt.date
    events: int
    largest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Findings:
    """detect's findings.json."""

    logical_date: dt.date
    trailing_days: int
    days_compared: int
    findings: tuple[Finding, ...]
    history: tuple[PastDay, ...]


@dataclass(frozen=True, slots=True)
class Quarantined:
    """How often an event was set aside for one reason, and the sentence of the first of them."""

    reason: str
    events: int
    example: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One object that the page was made from, as its step's manifest names it; `bytes` is None where it is unknown."""

    step: str
    name: str
    sha256: str
    bytes: int | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """Everything about one day; `loaded` is the count that is in the database."""

    loaded: int
    events: tuple[Event, ...]
    quarantine: tuple[Quarantined, ...]
    statistics: Statistics
    findings: Findings
    sources: tuple[Source, ...]
