"""The chart of the local day: a bar an hour, 23, 24 or 25 of them, since clocks change."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from typing import Final

from steps.report import svg
from steps.report.figures import Column, figure, section, table
from steps.report.inputs import Hour, Statistics
from steps.report.markup import Html, tag
from steps.report.wording import count, counted, magnitude

_WIDTH, _HEIGHT = 460.0, 250.0
_PLOT: Final = svg.Plot(left=38, top=22, right=452, bottom=218)
_USUAL_HOURS: Final = 24


def hours(statistics: Statistics) -> Html:
    """The section with the chart."""
    entries = statistics.by_hour
    total = sum(hour.events for hour in entries)
    return section(
        "hours",
        "Hour by hour",
        tag("p", _sentence(statistics), class_="lead"),
        figure(_chart(statistics), None, _table(entries)),
        data_count=total,
        data_bars=len(entries),
    )


def _sentence(statistics: Statistics) -> str:
    entries = statistics.by_hour
    change = "" if len(entries) == _USUAL_HOURS else f" Clocks changed: this day has {len(entries)} hours."
    if not any(hour.events for hour in entries):
        return f"No hour of the day had an event.{change}"
    busiest = max(entries, key=lambda hour: hour.events)
    average = statistics.events / len(entries)
    return (
        f"The busiest hour began at {busiest.label} local time with {counted(busiest.events, 'event')}; "
        f"an average hour of this day had {average:.1f}.{change}"
    )


def _chart(statistics: Statistics) -> Html:
    entries = statistics.by_hour
    marks = svg.ticks(max((hour.events for hour in entries), default=0))
    y = svg.Linear(0, marks[-1], _PLOT.bottom, _PLOT.top)
    name = f"Events in each of the {len(entries)} hours of the local day"
    words = "; ".join(f"{hour.label} {hour.events}" for hour in entries)
    return svg.drawing(
        "hours",
        name,
        words,
        svg.counts_axis(_PLOT, y, marks),
        *_bars(entries, y),
        *_strongest(statistics, y),
        *_labels(entries),
        svg.label("hour of the local day", _PLOT.right, _HEIGHT - 3, anchor="end", class_="unit"),
        width=_WIDTH,
        height=_HEIGHT,
    )


def _bars(entries: Sequence[Hour], y: svg.Linear) -> Iterator[Html]:
    slot = (_PLOT.right - _PLOT.left) / max(1, len(entries))
    for index, hour in enumerate(entries):
        x = _PLOT.left + index * slot
        title = f"{hour.label} {counted(hour.events, 'event')}"
        yield svg.bar(title, x=x + slot * 0.1, y=y(hour.events), width=slot * 0.8, base=_PLOT.bottom)


def _strongest(statistics: Statistics, y: svg.Linear) -> Iterator[Html]:
    """In which hour the largest event was, above all bars."""
    event = next((event for event in statistics.largest if event.magnitude is not None), None)
    entries = statistics.by_hour
    slot = (_PLOT.right - _PLOT.left) / max(1, len(entries))
    for index, hour in enumerate(entries):
        if event is not None and hour.start <= event.time < hour.start + dt.timedelta(hours=1):
            x = _PLOT.left + (index + 0.5) * slot
            anchor = "start" if index < len(entries) / 2 else "end"
            yield tag("line", x1=x, x2=x, y1=6, y2=y(hour.events) - 3, class_="leader")
            aside = x + 4 if anchor == "start" else x - 4
            yield svg.label(f"largest, {magnitude(event.magnitude)}", aside, 12, anchor=anchor, class_="note")


def _labels(entries: Sequence[Hour]) -> Iterator[Html]:
    slot = (_PLOT.right - _PLOT.left) / max(1, len(entries))
    for index, hour in enumerate(entries):
        if hour.label[:2].isdecimal() and int(hour.label[:2]) % 3 == 0:
            yield svg.label(hour.label[:2], _PLOT.left + (index + 0.5) * slot, _PLOT.bottom + 16, anchor="middle")


def _table(entries: Sequence[Hour]) -> Html:
    rows = [(hour.label, f"{hour.start:%H:%M}", count(hour.events)) for hour in entries]
    columns = (Column("Local hour"), Column("UTC"), Column("Events", numeric=True))
    return table("Events by hour of the local day", columns, rows)
