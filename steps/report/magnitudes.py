"""How many earthquakes there are of each size, on a logarithmic scale, with the law of Gutenberg and Richter.

The line and its band are drawn from aggregate's figures; nothing is estimated here.
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steps.report import svg
from steps.report.figures import Column, figure, section, table
from steps.report.inputs import Bin, Law, Statistics
from steps.report.markup import Html, join, tag
from steps.report.wording import count, counted, decimal

_WIDTH, _HEIGHT = 460.0, 250.0
_PLOT: Final = svg.Plot(left=44, top=22, right=448, bottom=214)
_FLOOR: Final = math.log10(0.7)
"""Where the logarithmic axis begins: a little below one event."""
_SAMPLES: Final = 24


@dataclass(frozen=True, slots=True)
class _Axes:
    x: svg.Linear
    y: svg.Linear


def magnitudes(statistics: Statistics) -> Html:
    """The section with the chart."""
    bins = statistics.by_magnitude
    total = sum(each.events for each in bins)
    picture = figure(_chart(bins, statistics.law), _KEY if total else None, _table(bins)) if total else None
    return section(
        "magnitudes",
        "Many small, few large",
        *(tag("p", sentence, class_="lead") for sentence in _sentences(statistics, total)),
        picture,
        data_count=total,
        data_without_magnitude=statistics.without_magnitude,
    )


_CAVEAT: Final = "A catalogue that joins dense and sparse networks is not complete everywhere; b then comes out low."
_KEY: Final = join(
    (
        tag("span", "●", class_="key all"),
        " earthquakes of at least this magnitude   ",
        tag("span", "□", class_="key each"),
        " in this half unit alone",
    )
)


def _sentences(statistics: Statistics, total: int) -> Iterator[str]:
    without = statistics.without_magnitude
    rest = (
        f" {counted(without, 'earthquake')} without a magnitude {'is' if without == 1 else 'are'} left out."
        if without
        else ""
    )
    law = statistics.law
    if law is not None:
        yield (
            f"With each step of one magnitude, earthquakes become {decimal(10 ** min(law.b, 9))} times rarer: "
            f"b = {decimal(law.b, 2)} ± {decimal(law.b_error, 2)}, from {counted(law.events, 'earthquake')} of "
            f"magnitude {decimal(law.completeness)} and above, where the catalogue is taken to be complete.{rest}"
        )
        yield _CAVEAT
        return
    yield f"{counted(total, 'earthquake')} with a magnitude.{rest}"
    if statistics.law_reason:
        yield f"No Gutenberg-Richter line is drawn. {statistics.law_reason}"


def _chart(bins: Sequence[Bin], law: Law | None) -> Html:
    filled = _filled(bins)
    totals = _cumulative(filled)
    top = max(1, math.ceil(math.log10(totals[0])))
    axes = _Axes(
        svg.Linear(filled[0].start - 0.25, filled[-1].end + 0.25, _PLOT.left, _PLOT.right),
        svg.Linear(_FLOOR, top, _PLOT.bottom, _PLOT.top),
    )
    words = "; ".join(f"at least {decimal(each.start)}: {total}" for each, total in zip(filled, totals, strict=True))
    return svg.drawing(
        "magnitudes",
        "Number of earthquakes of at least each magnitude, on a logarithmic scale",
        words,
        tag("g", *(svg.level(_PLOT, axes.y(power), count(10**power)) for power in range(top + 1)), class_="axis"),
        *_magnitude_labels(filled, axes),
        *(_law_line(law, axes) if law else ()),
        *_points(filled, totals, axes),
        svg.label("magnitude", _PLOT.right, _HEIGHT - 3, anchor="end", class_="unit"),
        width=_WIDTH,
        height=_HEIGHT,
    )


def _filled(bins: Sequence[Bin]) -> Sequence[Bin]:
    """The bins from the first to the last that has an earthquake."""
    used = [index for index, each in enumerate(bins) if each.events]
    return bins[used[0] : used[-1] + 1]


def _cumulative(bins: Sequence[Bin]) -> list[int]:
    """For each bin the earthquakes in it and above."""
    return list(itertools.accumulate(each.events for each in reversed(bins)))[::-1]


def _magnitude_labels(bins: Sequence[Bin], axes: _Axes) -> Iterator[Html]:
    first, last = math.ceil(bins[0].start), math.floor(bins[-1].end)
    for value in range(first, last + 1, max(1, (last - first) // 10)):
        x = axes.x(value)
        yield tag("line", x1=x, x2=x, y1=_PLOT.bottom, y2=_PLOT.bottom + 4, class_="tick")
        yield svg.label(decimal(value, 0), x, _PLOT.bottom + 17, anchor="middle")


def _points(bins: Sequence[Bin], totals: Sequence[int], axes: _Axes) -> Iterator[Html]:
    for each, total in zip(bins, totals, strict=True):
        if each.events:
            x, y = axes.x((each.start + each.end) / 2), axes.y(math.log10(each.events))
            words = (
                f"magnitude {decimal(each.start)} to below {decimal(each.end)}: {counted(each.events, 'earthquake')}"
            )
            yield tag("rect", tag("title", words), x=x - 3, y=y - 3, width=6, height=6, class_="each")
        words = f"at least magnitude {decimal(each.start)}: {counted(total, 'earthquake')}"
        yield tag(
            "circle", tag("title", words), cx=axes.x(each.start), cy=axes.y(math.log10(total)), r=3.6, class_="all"
        )


def _law_line(law: Law, axes: _Axes) -> Iterator[Html]:
    """The line from the magnitude of completeness to where it meets the floor, in the band of its error."""
    start = law.completeness
    level = law.a - law.b * start
    end = min(axes.x.high, start + (level - _FLOOR) / law.b) if law.b > 0 else axes.x.high
    steps = [start + (axes.x.high - start) * index / _SAMPLES for index in range(_SAMPLES + 1)]
    upper = [_place(axes, m, level - max(0.0, law.b - law.b_error) * (m - start)) for m in steps]
    lower = [_place(axes, m, level - (law.b + law.b_error) * (m - start)) for m in reversed(steps)]
    x = axes.x(start)
    yield tag("polygon", points=_list([*upper, *lower]), class_="band")
    yield tag(
        "polyline",
        points=_list([_place(axes, start, level), _place(axes, end, level - law.b * (end - start))]),
        class_="law",
    )
    yield tag("line", x1=x, x2=x, y1=_PLOT.top - 4, y2=_PLOT.bottom, class_="complete")
    aside, anchor = (x + 5, "start") if x < _WIDTH / 2 else (x - 5, "end")
    yield svg.label(f"complete from {decimal(start)}", aside, _PLOT.top - 6, anchor=anchor, class_="note")
    yield svg.label(
        f"b = {decimal(law.b, 2)} ± {decimal(law.b_error, 2)}",
        _PLOT.right,
        _PLOT.top + 14,
        anchor="end",
        class_="note strong",
    )


def _place(axes: _Axes, value: float, power: float) -> svg.Point:
    clamped = min(axes.y.high, max(_FLOOR, power))
    return axes.x(value), axes.y(clamped)


def _list(points: Sequence[svg.Point]) -> str:
    return " ".join(f"{x:.1f},{y:.1f}" for x, y in points)


def _table(bins: Sequence[Bin]) -> Html:
    filled = _filled(bins)
    rows = [
        (f"{decimal(each.start)} to below {decimal(each.end)}", count(each.events), count(total))
        for each, total in zip(filled, _cumulative(filled), strict=True)
    ]
    columns = (Column("Magnitude"), Column("Earthquakes", numeric=True), Column("Of at least this", numeric=True))
    return table("Earthquakes by magnitude", columns, rows)
