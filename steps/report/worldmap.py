"""The map of the day: coastlines, a grid of degrees, and each event as a circle.

The largest are drawn first, so that the small ones stay visible on top of them. A page must stay a page on the worst of
days: beyond `DRAWN_LIMIT` events the smaller ones become dots on a grid, without a tooltip, and the page says so.
Where a place lies is in `projection`, what colours mean is in page.css.
"""

from __future__ import annotations

import itertools
import json
import pathlib
import zoneinfo
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from steps.report import svg
from steps.report.figures import isolated, section
from steps.report.inputs import Event, Statistics
from steps.report.markup import Html, join, number, tag, text
from steps.report.projection import Point, World
from steps.report.wording import counted, decimal, depth, local_time, magnitude, magnitude_of, place

DRAWN_LIMIT: Final = 1500
"""Events that are drawn one by one."""
_CELL: Final = 3
"""Side of a cell of the grid that takes the rest, in units of the map."""
_WORLD: Final = World(width=1000, centre=150)
_MARGIN: Final = 6.0
_UNITS: Final = 10
_RANK_BOX: Final = (15, 13)
"""Room that a rank takes."""
_EARTHQUAKE: Final = "earthquake"


@dataclass(frozen=True, slots=True)
class _Depth:
    """A class of depths: below `limit` km. The last two carry a mark besides their colour."""

    limit: float
    class_: str
    words: str


_DEPTHS: Final = (
    _Depth(10, "d0", "under 10 km"),
    _Depth(35, "d1", "10\N{EN DASH}35"),
    _Depth(70, "d2", "35\N{EN DASH}70"),
    _Depth(300, "d3", "70\N{EN DASH}300, dashed"),
    _Depth(float("inf"), "d4", "300 and deeper, dotted"),
)


def worldmap(events: Sequence[Event], statistics: Statistics) -> Html:
    """The section with the map and its legend."""
    ordered = sorted(events, key=_size_order)
    drawn, rest = ordered[:DRAWN_LIMIT], ordered[DRAWN_LIMIT:]
    return section(
        "map",
        "Where the earth moved",
        tag("p", _sentence(statistics), class_="lead"),
        tag("figure", _chart(drawn, rest, statistics), _legend(events), _note(drawn, rest)),
        wide=True,
        data_count=len(events),
        data_drawn=len(drawn),
        data_dots=len(rest),
    )


def coastline() -> Iterator[tuple[Point, ...]]:
    """The rings of land.json in degrees; the file is written by tools/coastlines."""
    land = json.loads((pathlib.Path(__file__).parent / "land.json").read_bytes())
    unit = land["units_per_degree"]
    for ring in land["rings"]:
        longitudes = itertools.accumulate(ring[0::2])
        latitudes = itertools.accumulate(ring[1::2])
        yield tuple((x / unit, y / unit) for x, y in zip(longitudes, latitudes, strict=True))


def radius(value: float | None) -> float:
    """The area doubles with each unit of magnitude; energy would grow 32 times, which no page has room for."""
    return 1.5 if value is None else 1.5 * 2 ** (max(0.0, min(10.0, value)) / 2)


def _size_order(event: Event) -> tuple[float, str]:
    return (-event.magnitude if event.magnitude is not None else float("inf")), event.id


def _sentence(statistics: Statistics) -> Html:
    if not statistics.events or not statistics.by_region:
        return text("No event is in the catalogue for this day.")
    top = statistics.by_region[0]
    share = f"{counted(top.events, 'event')}, {top.events / statistics.events:.0%} of the day"
    stands = "Most events lie where seismometers stand close together: "
    return join((stands, isolated(top.name), f" alone has {share}."))


def _chart(drawn: Sequence[Event], rest: Sequence[Event], statistics: Statistics) -> Html:
    total = counted(len(drawn) + len(rest), "event")
    words = "; ".join(f"{magnitude(event.magnitude)}, {place(event)}" for event in statistics.largest[:3])
    view = tag(
        "g",
        tag("path", d=svg.path(_WORLD.outline(), close=True, units=_UNITS), class_="sea"),
        tag("path", d=_graticule(), class_="graticule"),
        tag("path", d=_land(), class_="land"),
        tag("path", d=_dots(rest), class_="dots") if rest else None,
        transform=f"scale({1 / _UNITS})",
    )
    circles = tag("g", *(_mark(event, statistics.zone) for event in drawn), class_="quakes")
    ranks = tag("g", *_ranks(statistics.largest), class_="ranks", aria_hidden="true")
    return svg.drawing(
        "map",
        f"World map of {total}, circles sized by magnitude and coloured by depth",
        f"The largest: {words}. The table of the largest events lists them." if words else "No events.",
        tag("g", view, circles, ranks, transform=f"translate({number(_MARGIN)} {number(_MARGIN)})"),
        width=_WORLD.width + 2 * _MARGIN,
        height=_WORLD.height + 2 * _MARGIN,
    )


def _land() -> str:
    return "".join(svg.path(area, close=True, units=_UNITS) for ring in coastline() for area in _WORLD.areas(ring))


def _graticule() -> str:
    lines = itertools.chain(_WORLD.parallels(30), _WORLD.meridians(30))
    return "".join(svg.path(line, units=_UNITS) for line in lines)


def _dots(events: Sequence[Event]) -> str:
    """A dot for each cell of the grid that has an event: bounded however many events there are."""
    places = (_WORLD.project(event.longitude, event.latitude) for event in events)
    cells = sorted({(round(y / _CELL), round(x / _CELL)) for x, y in places})
    return "".join(f"M{x * _CELL * _UNITS} {y * _CELL * _UNITS}h0" for y, x in cells)


def _mark(event: Event, zone: zoneinfo.ZoneInfo) -> Html:
    """A circle for an earthquake, a square for anything else (an explosion, an ice quake)."""
    x, y = _WORLD.project(event.longitude, event.latitude)
    size = radius(event.magnitude)
    title = tag("title", _tooltip(event, zone))
    class_ = _depth_class(event.depth_km) + (" unsized" if event.magnitude is None else "")
    if event.type != _EARTHQUAKE:
        side = size * 1.8
        return tag("rect", title, x=x - side / 2, y=y - side / 2, width=side, height=side, class_=class_)
    return tag("circle", title, cx=x, cy=y, r=size, class_=class_)


def _tooltip(event: Event, zone: zoneinfo.ZoneInfo) -> str:
    kind = "" if event.type == _EARTHQUAKE else f"{event.type}, "
    size = f"M {magnitude_of(event)}" if event.magnitude is not None else "no magnitude"
    return f"{kind}{size} · {place(event)} · {local_time(event.time, zone)} · depth {depth(event.depth_km)}"


def _depth_class(value: float | None) -> str:
    return "dx" if value is None else next(each.class_ for each in _DEPTHS if value < each.limit)


def _ranks(largest: Sequence[Event]) -> Iterator[Html]:
    """The rank in the table of the largest beside its circle, where there is room."""
    taken: list[Point] = []
    for rank, event in enumerate(largest, 1):
        x, y = _WORLD.project(event.longitude, event.latitude)
        gap = radius(event.magnitude) + 8
        spots = ((x + gap, y + 4), (x - gap, y + 4), (x, y - gap + 4), (x, y + gap + 4))
        spot = next((spot for spot in spots if _is_free(spot, taken)), None)
        if spot is not None:
            taken.append(spot)
            yield svg.label(str(rank), *spot, anchor="middle", class_="first" if rank == 1 else None)


def _is_free(spot: Point, taken: Sequence[Point]) -> bool:
    width, height = _RANK_BOX
    return all(abs(spot[0] - x) > width or abs(spot[1] - y) > height for x, y in taken)


def _legend(events: Sequence[Event]) -> Html:
    sizes = (_sample(f"M {value}", radius(value), "d1") for value in (2, 4, 6, 8))
    depths = (_sample(each.words, 6, each.class_) for each in _DEPTHS)
    others = []
    if any(event.depth_km is None for event in events):
        others.append(_sample("depth unknown", 6, "dx"))
    if any(event.type != _EARTHQUAKE for event in events):
        others.append(_sample("square: not an earthquake", 6, "d0", square=True))
    if any(event.magnitude is None for event in events):
        others.append(_sample("hollow: no magnitude", 6, "d0 unsized"))
    return tag(
        "div",
        tag("p", tag("strong", "Magnitude"), *sizes),
        tag("p", tag("strong", "Depth"), *depths),
        tag("p", tag("strong", "Also"), *others) if others else None,
        class_="legend",
    )


def _sample(words: str, size: float, class_: str, *, square: bool = False) -> Html:
    side = 2 * size + 3
    middle = side / 2
    shape = (
        tag("rect", x=middle - 5, y=middle - 5, width=10, height=10, class_=class_)
        if square
        else tag("circle", cx=middle, cy=middle, r=size, class_=class_)
    )
    picture = tag(
        "svg",
        shape,
        width=side,
        height=side,
        viewBox=f"0 0 {number(side)} {number(side)}",
        aria_hidden="true",
        class_="quakes",
    )
    return tag("span", picture, join((words,)))


def _note(drawn: Sequence[Event], rest: Sequence[Event]) -> Html:
    thinned = (
        f" Only the {len(drawn):,} largest events are drawn one by one; the other {len(rest):,} are small dots, "
        f"one for all that lie within {decimal(_CELL * 360 / _WORLD.width, 0)}° or so."
        if rest
        else ""
    )
    return tag(
        "figcaption",
        f"The area of a circle doubles with each unit of magnitude. Numbers give the rank among the largest.{thinned} "
        "Equal Earth projection, cut in the Atlantic at 30° W. Coastlines: Natural Earth.",
    )
