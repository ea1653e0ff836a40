"""The tables of the page: the largest events, the regions, and what was set aside."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Final

from steps.report.figures import Column, Row, isolated, section, table
from steps.report.inputs import Day, Event, Quarantined, Region, Statistics
from steps.report.markup import Html, tag
from steps.report.wording import count, counted, decimal, depth, local_time, machine_time, magnitude_of, place, utc_time

_ROWS: Final = 12
"""Regions and reasons that are listed by name; the rest is one row."""
_EVENT_ID: Final = re.compile(r"[a-z]{2}[a-z0-9]{4,20}")
_EVENT_PAGE: Final = "https://earthquake.usgs.gov/earthquakes/eventpage/"


def largest(statistics: Statistics) -> Html:
    """The ten largest events."""
    events = statistics.largest
    columns = (
        Column("Rank", numeric=True),
        Column("Magnitude"),
        Column("Place"),
        Column("Local time"),
        Column("Time (UTC)"),
        Column("Depth", numeric=True),
        Column("Type"),
    )
    rows = (_event_row(rank, event, statistics) for rank, event in enumerate(events, 1))
    content = (
        table(f"The largest events of the day; local time is that of {statistics.zone.key}", columns, rows, hidden=True)
        if events
        else tag("p", "No event on this day.")
    )
    heading = f"The {len(events)} largest" if len(events) > 1 else "The largest"
    return section("largest", heading, content, wide=True, data_count=len(events))


def _event_row(rank: int, event: Event, statistics: Statistics) -> Row:
    local = tag("time", local_time(event.time, statistics.zone), datetime=machine_time(event.time))
    size = tag("strong", magnitude_of(event))
    return (str(rank), size, _place(event), local, utc_time(event.time), depth(event.depth_km), isolated(event.type))


def _place(event: Event) -> Html:
    """The place, linked to the event's page where the id is one that such a page can have."""
    words = isolated(place(event))
    return tag("a", words, href=_EVENT_PAGE + event.id) if _EVENT_ID.fullmatch(event.id) else words


def regions(statistics: Statistics) -> Html:
    """Where the events were, most events first."""
    entries = statistics.by_region
    columns = (
        Column("Region"),
        Column("Events", numeric=True),
        Column("Share", numeric=True),
        Column("Largest", numeric=True),
    )
    rows = [_region_row(region, statistics.events) for region in _with_rest(entries)]
    content = (
        table("Events by region, most first", columns, rows, hidden=True)
        if entries
        else tag("p", "No event on this day.")
    )
    return section("regions", "By region", content, data_count=sum(region.events for region in entries))


def _region_row(region: Region, total: int) -> Row:
    share = "" if not total else f"{region.events / total:.0%}" if region.events * 100 >= total else "under 1%"
    largest_ = "none" if region.largest is None else decimal(region.largest)
    return (isolated(region.name), count(region.events), share, largest_)


def _with_rest(entries: Sequence[Region]) -> Iterator[Region]:
    yield from entries[:_ROWS]
    rest = entries[_ROWS:]
    if rest:
        sizes = [region.largest for region in rest if region.largest is not None]
        name = f"{counted(len(rest), 'more region')}"
        yield Region(name, sum(region.events for region in rest), max(sizes, default=None))


def quarantine(day: Day) -> Html:
    """What validate set aside, by reason, with the sentence of one example each."""
    total = sum(entry.events for entry in day.quarantine)
    if not total:
        content = tag("p", "Nothing was set aside: every event that the service sent passed the checks.", class_="lead")
        return section("quarantine", "Set aside", content, wide=True, data_count=0)
    columns = (Column("Reason"), Column("Events", numeric=True), Column("For example"))
    rows = [
        (tag("code", entry.reason), count(entry.events), isolated(entry.example))
        for entry in _reasons_with_rest(day.quarantine)
    ]
    sentence = (
        f"{counted(total, 'event')} of {count(total + day.loaded)} did not pass the checks. They are kept with their "
        "reason and counted nowhere else on this page."
    )
    content = tag("p", sentence, class_="lead")
    reasons = table("Events set aside, by reason", columns, rows, hidden=True)
    return section("quarantine", "Set aside", content, reasons, wide=True, data_count=total)


def _reasons_with_rest(entries: Sequence[Quarantined]) -> Iterator[Quarantined]:
    yield from entries[:_ROWS]
    rest = entries[_ROWS:]
    if rest:
        yield Quarantined(counted(len(rest), "more reason"), sum(entry.events for entry in rest), "")
