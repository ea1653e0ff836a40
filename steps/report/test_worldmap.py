from __future__ import annotations

import re
import xml.etree.ElementTree as ET
from typing import Any

import pytest

from steps.report.sample import Json, event, many, parse, published
from steps.report.worldmap import DRAWN_LIMIT, coastline, radius, worldmap


def draw(events: list[Json]) -> ET.Element:
    day = published(events).read()
    return parse(worldmap(day.events, day.statistics))


def marks(root: ET.Element) -> list[ET.Element]:
    """What is drawn for events, in the order of drawing; the legend is another image."""
    space = "{http://www.w3.org/2000/svg}"
    group = root.find(f".//{space}g[@class='quakes']")
    assert group is not None
    return list(group)


def titles(root: ET.Element) -> list[str]:
    return ["".join(mark.itertext()) for mark in marks(root)]


def test_large_events_lie_below_small_ones() -> None:
    """The largest is drawn first, an event without a magnitude last, whatever the catalogue's order."""
    sizes: list[float | None] = [1.0, None, 6.5, 3.0]
    drawn = titles(draw([event(id=f"us{index}000", magnitude=size) for index, size in enumerate(sizes)]))
    assert [title.split(" ·")[0] for title in drawn] == [
        "M 6.5\u00a0mb",
        "M 3.0\u00a0mb",
        "M 1.0\u00a0mb",
        "no magnitude",
    ]


@pytest.mark.parametrize(
    ("depth", "expected"),
    [
        (None, "dx"),
        (-1.5, "d0"),
        (9.9, "d0"),
        (10, "d1"),
        (35, "d2"),
        (70, "d3"),
        (299, "d3"),
        (300, "d4"),
        (700, "d4"),
    ],
)
def test_depth_has_its_class(depth: float | None, expected: str) -> None:
    """The colour follows the depth, and an unknown depth is not taken for a shallow one."""
    assert marks(draw([event(depth_km=depth)]))[0].get("class") == expected


@pytest.mark.parametrize(
    ("changes", "shape", "class_"),
    [
        ({}, "circle", "d1"),
        ({"type": "quarry blast"}, "rect", "d1"),
        ({"magnitude": None}, "circle", "d1 unsized"),
        ({"magnitude": -2.0}, "circle", "d1"),
        ({"latitude": 90, "longitude": 0}, "circle", "d1"),
        ({"latitude": -90, "longitude": -180}, "circle", "d1"),
        ({"latitude": 0, "longitude": 180}, "circle", "d1"),
        ({"latitude": 0, "longitude": -30}, "circle", "d1"),
    ],
)
def test_every_event_is_drawn_on_the_map(changes: dict[str, Any], shape: str, class_: str) -> None:
    """Poles, the antimeridian, the cut, events of other kinds and without magnitude: each is a mark inside the map."""
    mark = marks(draw([event(**changes)]))[0]
    assert (mark.tag.rpartition("}")[2], mark.get("class")) == (shape, class_)
    x, y = (float(mark.get(name) or "nan") for name in (("cx", "cy") if shape == "circle" else ("x", "y")))
    assert 0 <= x <= 1000
    assert 0 <= y <= 487


def test_size() -> None:
    """The area doubles with each unit of magnitude, and is bounded at both ends."""
    assert radius(5) ** 2 == pytest.approx(2 * radius(4) ** 2)
    assert radius(-3) == radius(0) == radius(None)
    assert radius(1e300) == radius(10) < 50


def test_a_day_too_large_is_thinned_out() -> None:
    """Beyond the limit the smallest become dots on a grid; all are counted and the page says so."""
    root = draw(many(DRAWN_LIMIT + 700))
    assert (root.get("data-count"), root.get("data-drawn"), root.get("data-dots")) == ("2200", "1500", "700")
    assert len(marks(root)) == DRAWN_LIMIT
    dots = next(element for element in root.iter() if element.get("class") == "dots")
    assert 600 < len(re.findall("M", dots.get("d") or "")) <= 700
    assert "Only the 1,500 largest events are drawn one by one; the other 700 are small dots" in "".join(
        root.itertext()
    )


def test_nothing_is_said_of_thinning_on_a_usual_day() -> None:
    """A usual day has no dots and no word about them."""
    root = draw(many(20))
    assert not [element for element in root.iter() if element.get("class") == "dots"]
    assert "drawn one by one" not in "".join(root.itertext())


def test_ranks_do_not_overlap() -> None:
    """Ten events at one place do not print ten numbers over each other."""
    root = draw([event(id=f"us{index:04}", magnitude=6 - index / 10) for index in range(10)])
    group = next(element for element in root.iter() if element.get("class") == "ranks")
    spots = [(text.get("x"), text.get("y")) for text in group]
    assert 1 <= len(spots) == len(set(spots)) <= 5


def test_coastlines() -> None:
    """The file beside holds plausible coastlines: rings of three corners or more, within a turn of the globe."""
    rings = list(coastline())
    assert 100 < len(rings) < 2000
    assert all(len(ring) >= 3 for ring in rings)
    assert all(abs(latitude) <= 90 and abs(longitude) <= 540 for ring in rings for longitude, latitude in ring)


def test_tooltips_tell_what_is_known() -> None:
    """A tooltip has size, place, local time and depth, and the kind of what is no earthquake."""
    title = titles(draw([event(type="explosion", magnitude=2.1, magnitude_type=None, place=None)]))[0]
    assert title == "explosion, M 2.1 · 10.00°\u00a0N, 120.00°\u00a0E · 09:30:00 EST · depth 33.0\u00a0km"
