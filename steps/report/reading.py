"""Turns what the steps before published into the values of `inputs`, and refuses inputs that contradict each other.

All problems are reported at once. It must never repair a count: a page that disagrees with the database is worse than
none.
"""

from __future__ import annotations

import datetime as dt
import json
import zoneinfo
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from steps.report.fields import Fields, Problems
from steps.report.inputs import (
    Bin,
    Day,
    Event,
    Finding,
    Findings,
    Hour,
    Law,
    PastDay,
    Quarantined,
    Region,
    Severity,
    Source,
    Statistics,
)

TEXT_LIMIT: Final = 160
"""Longest text that the page takes over from the catalogue; a longer one ends in an ellipsis."""
_FORMAT: Final = 1
_BINS_LIMIT: Final = 200


def read(
    *,
    logical_date: dt.date,
    events: bytes,
    quarantine: bytes,
    statistics: bytes,
    findings: bytes,
    loaded: int,
    sources: tuple[Source, ...],
) -> Day:
    """The day, or InputError with all problems."""
    problems = Problems()
    day = Day(
        loaded=loaded,
        events=tuple(_event(line) for line in _lines("events.jsonl", events, problems)),
        quarantine=_quarantine(quarantine, problems),
        statistics=_statistics(_document("statistics.json", statistics, problems)),
        findings=_findings(_document("findings.json", findings, problems)),
        sources=sources,
    )
    problems.check()
    _compare(day, logical_date, problems)
    problems.check()
    return day


def shorten(value: str, limit: int = TEXT_LIMIT) -> str:
    """The text on one line, at most `limit` characters long."""
    line = " ".join(value[: limit * 4].split())
    return line if len(line) <= limit else line[: limit - 1].rstrip() + "…"


def _compare(day: Day, logical_date: dt.date, problems: Problems) -> None:
    """The same number and the same date must come from each side."""
    statistics, set_aside = day.statistics, sum(entry.events for entry in day.quarantine)
    for place, value in (("statistics.json", statistics.logical_date), ("findings.json", day.findings.logical_date)):
        if value != logical_date:
            problems.add(f"{place}.logical_date", str(value), f"{logical_date}, the date of the run")
    for place, number in (("statistics.json.events", statistics.events), ("lines of events.jsonl", len(day.events))):
        if number != day.loaded:
            problems.add(place, number, f"{day.loaded}, which is what load wrote")
    if statistics.quarantined != set_aside:
        problems.add("statistics.json.quarantined", statistics.quarantined, f"{set_aside}, as in quarantine.jsonl")


def _document(name: str, content: bytes, problems: Problems) -> Fields:
    fields = Fields(_parse(name, content, problems), name, problems)
    if fields.get("format") != _FORMAT:
        problems.add(f"{name}.format", fields.get("format"), f"{_FORMAT}")
    return fields


def _lines(name: str, content: bytes, problems: Problems) -> list[Fields]:
    places = ((f"{name}, line {index}", line) for index, line in enumerate(content.splitlines(), 1) if line.strip())
    return [Fields(_parse(place, line, problems), place, problems) for place, line in places]


def _parse(place: str, content: bytes, problems: Problems) -> Any:
    try:
        value = json.loads(content)
    except (ValueError, RecursionError):
        value = None
    if not isinstance(value, dict):
        problems.add(place, content[:80].decode(errors="replace"), "a JSON object")
    return value


def _event(fields: Fields) -> Event:
    place = fields.optional_text("place")
    kind = fields.optional_text("magnitude_type")
    return Event(
        id=fields.text("id"),
        time=fields.time("time"),
        magnitude=fields.optional_number("magnitude"),
        magnitude_type=None if kind is None else shorten(kind, 12),
        latitude=max(-90.0, min(90.0, fields.number("latitude"))),
        longitude=fields.number("longitude"),
        depth_km=fields.optional_number("depth_km"),
        place=shorten(place) if place and place.strip() else None,
        type=shorten(fields.text("type"), 40),
    )


def _quarantine(content: bytes, problems: Problems) -> tuple[Quarantined, ...]:
    lines = [
        (shorten(line.text("reason"), 60), shorten(line.text("detail"), 2 * TEXT_LIMIT))
        for line in _lines("quarantine.jsonl", content, problems)
    ]
    counts = Counter(reason for reason, _ in lines)
    example = dict(reversed(lines))
    ordered = sorted(counts, key=lambda reason: (-counts[reason], reason))
    return tuple(Quarantined(reason, counts[reason], example[reason]) for reason in ordered)


def _statistics(fields: Fields) -> Statistics:
    return Statistics(
        logical_date=fields.date("logical_date"),
        zone=_zone(fields),
        start=fields.time("start"),
        end=fields.time("end"),
        events=fields.integer("events"),
        quarantined=fields.integer("quarantined"),
        by_type=_types(fields),
        by_magnitude=_bins(fields),
        without_magnitude=fields.integer("without_magnitude"),
        by_hour=tuple(
            Hour(each.time("start"), shorten(each.text("label"), 8), each.integer("events"))
            for each in fields.each("by_hour")
        ),
        by_region=tuple(
            Region(shorten(each.text("region"), 80), each.integer("events"), each.optional_number("largest"))
            for each in fields.each("by_region")
        ),
        largest=tuple(_event(each) for each in fields.each("largest")),
        energy_joules=fields.number("energy_joules"),
        law=_law(fields.child("gutenberg_richter")),
        law_reason=shorten(fields.optional_text("gutenberg_richter_reason") or "") or None,
    )


def _zone(fields: Fields) -> zoneinfo.ZoneInfo:
    name = fields.text("time_zone")
    try:
        return zoneinfo.ZoneInfo(name)
    except (ValueError, OSError, zoneinfo.ZoneInfoNotFoundError):
        fields.problems.add(f"{fields.place}.time_zone", name, "an IANA time zone")
        return zoneinfo.ZoneInfo("UTC")


def _types(fields: Fields) -> Mapping[str, int]:
    types = fields.child("by_type")
    if types is None or not isinstance(types.value, dict):
        fields.problems.add(f"{fields.place}.by_type", fields.get("by_type"), "an object")
        return {}
    counts: Counter[str] = Counter()
    for name in types.value:
        counts[shorten(name, 40)] += types.integer(name)
    return counts


def _bins(fields: Fields) -> tuple[Bin, ...]:
    bins = tuple(
        Bin(each.number("from"), each.number("to"), each.integer("events")) for each in fields.each("by_magnitude")
    )
    if len(bins) > _BINS_LIMIT:
        fields.problems.add(f"{fields.place}.by_magnitude", f"{len(bins)} bins", f"at most {_BINS_LIMIT}")
    return bins


def _law(fields: Fields | None) -> Law | None:
    if fields is None:
        return None
    return Law(
        a=fields.number("a"),
        b=fields.number("b"),
        b_error=fields.number("b_error"),
        completeness=fields.number("completeness"),
        events=fields.integer("events"),
    )


def _findings(fields: Fields) -> Findings:
    return Findings(
        logical_date=fields.date("logical_date"),
        trailing_days=fields.integer("trailing_days"),
        days_compared=fields.integer("days_compared"),
        findings=tuple(_finding(each) for each in fields.each("findings")),
        history=tuple(
            PastDay(each.date("logical_date"), each.integer("events"), each.optional_number("largest"))
            for each in fields.each("history")
        ),
    )


def _finding(fields: Fields) -> Finding:
    severity = fields.text("severity")
    if severity not in Severity:
        fields.problems.add(f"{fields.place}.severity", severity, ", ".join(Severity))
        severity = Severity.INFO
    title, detail = shorten(fields.text("title"), 2 * TEXT_LIMIT), shorten(fields.text("detail"), 4 * TEXT_LIMIT)
    return Finding(fields.text("kind"), Severity(severity), title, detail)
