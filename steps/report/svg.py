"""What charts are drawn with: scales, ticks, axes, paths, and the frame that makes a drawing accessible.

No plotting library: four charts need less than one would bring along. Colours are never written here; shapes carry
classes that page.css paints, so that light, dark and paper need one drawing.
"""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from steps.report.markup import Html, join, number, tag
from steps.report.wording import count

type Point = tuple[float, float]


@dataclass(frozen=True, slots=True)
class Linear:
    """A straight scale from values to coordinates."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        """The coordinate of a value."""
        share = (value - self.low) / (self.high - self.low)
        return self.start + share * (self.end - self.start)


@dataclass(frozen=True, slots=True, kw_only=True)
class Plot:
    """The inner rectangle of a chart."""

    left: float
    top: float
    right: float
    bottom: float


def drawing(identity: str, title: str, description: str, *children: str, width: float, height: float) -> Html:
    """An SVG image that says in words what it shows."""
    return tag(
        "svg",
        tag("title", title, id=f"{identity}-name"),
        tag("desc", description, id=f"{identity}-words"),
        *children,
        xmlns="http://www.w3.org/2000/svg",
        id=f"{identity}-chart",
        viewBox=f"0 0 {number(width)} {number(height)}",
        role="img",
        aria_labelledby=f"{identity}-name {identity}-words",
    )


def ticks(highest: float, most: int = 5) -> tuple[int, ...]:
    """Round whole numbers from 0 to at least `highest`, at most `most` steps apart."""
    power = 10 ** max(0, math.floor(math.log10(max(highest, 1) / most)))
    step = next(unit * power for unit in (1, 2, 5, 10, 20) if unit * power * most >= highest)
    return tuple(range(0, math.ceil(max(highest, 1) / step) * step + 1, step))


def counts_axis(plot: Plot, scale: Linear, marks: Iterable[int]) -> Html:
    """Horizontal lines with their counts at the left."""
    return tag("g", *(level(plot, scale(mark), count(mark), base=mark == 0) for mark in marks), class_="axis")


def level(plot: Plot, y: float, name: str, *, base: bool = False) -> Html:
    """One horizontal line and its label."""
    line = tag("line", x1=plot.left, x2=plot.right, y1=y, y2=y, class_="base" if base else None)
    return join((line, label(name, plot.left - 6, y + 4, anchor="end")))


def label(words: str, x: float, y: float, *, anchor: str | None = None, class_: str | None = None) -> Html:
    """A text at a place; `anchor` is start, middle or end."""
    return tag("text", words, x=x, y=y, text_anchor=anchor, class_=class_)


def bar(title: str, *, x: float, y: float, width: float, base: float, class_: str = "bar") -> Html:
    """A column from `base` up to `y` with its tooltip. A count above zero is never thinner than a hair."""
    top = min(y, base - 1) if y < base else base
    return tag("rect", tag("title", title), x=x, y=top, width=width, height=base - top, class_=class_)


def path(points: Sequence[Point], *, close: bool = False, units: int = 1) -> str:
    """Path data in whole steps of 1/`units`: to be scaled down by its group. Steps keep a coastline short."""
    parts: list[str] = []
    x = y = 0
    for index, point in enumerate(points):
        next_x, next_y = round(point[0] * units), round(point[1] * units)
        if index == 0:
            parts.append(f"M{next_x} {next_y}l")
        elif (next_x, next_y) != (x, y):
            dx, dy = next_x - x, next_y - y
            parts.append(f"{dx}{dy}" if dy < 0 else f"{dx} {dy}")
            parts.append(" ")
        x, y = next_x, next_y
    return "".join(parts).rstrip(" l") + ("z" if close else "")
