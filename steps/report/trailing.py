"""The day among the days before it: counts as columns, the largest magnitude of each below them.

A day that is missing leaves its gap, since a gap drawn over would be a lie about the catalogue.
"""

from __future__ import annotations

import datetime as dt
import statistics
from collections.abc import Iterator, Sequence
from typing import Final

from steps.report import svg
from steps.report.figures import Column, figure, section, table
from steps.report.inputs import Findings, PastDay
from steps.report.markup import Html, tag
from steps.report.wording import count, counted, decimal, magnitude, short_date

_WIDTH, _HEIGHT = 460.0, 290.0
_COUNTS: Final = svg.Plot(left=44, top=24, right=452, bottom=158)
_LARGEST: Final = svg.Plot(left=44, top=190, right=452, bottom=258)
_MANY_TIMES: Final = 3
_DAYS_LIMIT: Final = 92
"""Days that can still be told apart in a chart of this width."""


def trailing(findings: Findings) -> Html:
    """The section with the chart, or the sentence that there is nothing to compare with."""
    days = _recent(findings.history)
    enough = len(days) > 1
    return section(
        "trailing",
        "Among the days before",
        tag(
            "p",
            _sentence(days) if enough else "There are no earlier days in the database to compare with yet.",
            class_="lead",
        ),
        figure(_chart(days), None, _table(days)) if enough else None,
        data_count=len(days),
        data_days_compared=findings.days_compared,
    )


def _recent(history: Sequence[PastDay]) -> Sequence[PastDay]:
    """The days that fit the chart, in order; of two with one date the later stands."""
    by_date = {day.logical_date: day for day in history}
    ordered = [by_date[date] for date in sorted(by_date)]
    return [day for day in ordered if (ordered[-1].logical_date - day.logical_date).days < _DAYS_LIMIT]


def _sentence(days: Sequence[PastDay]) -> str:
    *before, today = days
    mean = statistics.fmean(day.events for day in before)
    return (
        f"{counted(today.events, 'event')} on this day, {_ratio(today.events, mean)} the average of {decimal(mean, 0)} "
        f"over the {counted(len(before), 'earlier day')} in the database."
    )


def _ratio(events: int, mean: float) -> str:
    if not mean:
        return "against"
    ratio = events / mean
    if ratio >= _MANY_TIMES:
        return f"{decimal(ratio)} times"
    if round(ratio, 2) == 1:
        return "as many as"
    return f"{abs(ratio - 1):.0%} {'more' if ratio > 1 else 'fewer'} than"


def _chart(days: Sequence[PastDay]) -> Html:
    slots = _Slots(days[0].logical_date, days[-1].logical_date)
    marks = svg.ticks(max(day.events for day in days), 4)
    y = svg.Linear(0, marks[-1], _COUNTS.bottom, _COUNTS.top)
    words = "; ".join(f"{short_date(day.logical_date)} {day.events}, largest {magnitude(day.largest)}" for day in days)
    return svg.drawing(
        "trailing",
        "Events a day and the largest magnitude of each day",
        words,
        svg.label("events a day (dashed: average of the days before)", 0, 10, class_="unit"),
        svg.counts_axis(_COUNTS, y, marks),
        *_bars(days, slots, y),
        *_mean(days, y),
        svg.label("largest magnitude", 0, _LARGEST.top - 10, class_="unit"),
        *_largest(days, slots),
        *_dates(days, slots),
        width=_WIDTH,
        height=_HEIGHT,
    )


class _Slots:
    """Where the days stand, by the calendar."""

    def __init__(self, first: dt.date, last: dt.date) -> None:
        self._first = first
        self.width = (_COUNTS.right - _COUNTS.left) / ((last - first).days + 1)

    def middle(self, day: dt.date) -> float:
        return _COUNTS.left + ((day - self._first).days + 0.5) * self.width


def _bars(days: Sequence[PastDay], slots: _Slots, y: svg.Linear) -> Iterator[Html]:
    width = min(slots.width * 0.8, 40)
    for day in days:
        title = f"{short_date(day.logical_date)}: {counted(day.events, 'event')}, largest {magnitude(day.largest)}"
        class_ = "bar" if day is days[-1] else "bar past"
        x = slots.middle(day.logical_date) - width / 2
        yield svg.bar(title, x=x, y=y(day.events), width=width, base=_COUNTS.bottom, class_=class_)


def _mean(days: Sequence[PastDay], y: svg.Linear) -> Iterator[Html]:
    level = y(statistics.fmean(day.events for day in days[:-1]))
    yield tag("line", x1=_COUNTS.left, x2=_COUNTS.right, y1=level, y2=level, class_="mean")


def _largest(days: Sequence[PastDay], slots: _Slots) -> Iterator[Html]:
    known = [day.largest for day in days if day.largest is not None]
    if not known:
        return
    low, high = min(0, int(min(known)) - 1), max(2, int(max(known)) + 1)
    y = svg.Linear(low, high, _LARGEST.bottom, _LARGEST.top)
    marks = range(low, high + 1, max(2, (high - low) // 4))
    yield tag("g", *(svg.level(_LARGEST, y(mark), decimal(mark, 0), base=mark == low) for mark in marks), class_="axis")
    for day in days:
        if day.largest is not None:
            x, top = slots.middle(day.logical_date), y(day.largest)
            title = tag("title", f"{short_date(day.logical_date)}: largest {magnitude(day.largest)}")
            class_ = "dot" if day is days[-1] else "dot past"
            yield tag("line", x1=x, x2=x, y1=_LARGEST.bottom, y2=top, class_="stem")
            yield tag("circle", title, cx=x, cy=top, r=3.6, class_=class_)


def _dates(days: Sequence[PastDay], slots: _Slots) -> Iterator[Html]:
    """The first day, the day itself, and between them a date a week, counted back from the day."""
    last = days[-1].logical_date
    span = (last - days[0].logical_date).days
    every = 1 if span < 7 else 7 * -(-span // 42)  # noqa: PLR2004 - at most seven labels
    for back in range(0, span + 1, every):
        date = last - dt.timedelta(days=back)
        yield svg.label(
            short_date(date),
            slots.middle(date),
            _LARGEST.bottom + 18,
            anchor="middle",
            class_="strong" if not back else None,
        )


def _table(days: Sequence[PastDay]) -> Html:
    rows = [
        (day.logical_date.isoformat(), count(day.events), "none" if day.largest is None else decimal(day.largest))
        for day in reversed(days)
    ]
    columns = (Column("Day"), Column("Events", numeric=True), Column("Largest magnitude", numeric=True))
    return table("Events a day, newest first", columns, rows)
