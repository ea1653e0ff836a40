from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.report import svg
from steps.report.sample import parse

POINTS = st.lists(st.tuples(st.floats(0, 1000), st.floats(0, 1000)), min_size=1, max_size=20)


@pytest.mark.parametrize(
    ("highest", "expected"),
    [
        (0, (0, 1)),
        (1, (0, 1)),
        (4, (0, 1, 2, 3, 4)),
        (19, (0, 5, 10, 15, 20)),
        (233, (0, 50, 100, 150, 200, 250)),
        (1001, (0, 500, 1000, 1500)),
    ],
)
def test_ticks(highest: float, expected: tuple[int, ...]) -> None:
    """Ticks are round, start at zero and reach the highest value."""
    assert svg.ticks(highest) == expected


@given(st.integers(0, 10**9), st.integers(2, 8))
def test_ticks_are_few_and_enough(highest: int, most: int) -> None:
    """Whatever the highest count: it is reached, with no more steps than asked for."""
    marks = svg.ticks(highest, most)
    assert marks[-1] >= highest
    assert 2 <= len(marks) <= most + 1


@given(POINTS, st.sampled_from([1, 10]))
def test_a_path_goes_where_it_should(points: list[svg.Point], units: int) -> None:
    """Steps add up to the points, rounded, without drifting away."""
    data = svg.path(points, close=True, units=units)
    assert data.endswith("z")
    numbers = [int(found) for found in re.findall(r"-?\d+", data)]
    x = y = 0
    reached = []
    for dx, dy in zip(numbers[0::2], numbers[1::2], strict=True):
        x, y = x + dx, y + dy
        reached.append((x, y))
    rounded = [(round(a * units), round(b * units)) for a, b in points]
    expected = [point for index, point in enumerate(rounded) if index == 0 or point != rounded[index - 1]]
    assert reached == expected


def test_a_small_count_is_visible() -> None:
    """A bar of one event among thousands is at least a hair high, one of none has no height."""
    thin = parse(svg.bar("1 event", x=0, y=199.99, width=5, base=200))
    none = parse(svg.bar("0 events", x=0, y=200, width=5, base=200))
    assert (thin.get("height"), none.get("height")) == ("1", "0")


def test_a_drawing_says_what_it_shows() -> None:
    """A drawing is an image with a name and a description that assistive technology reads."""
    root = parse(svg.drawing("x", "A <name>", "Words & more", width=10, height=5))
    space = "{http://www.w3.org/2000/svg}"
    assert root.get("role") == "img"
    labels = {root.find(f"{space}title"), root.find(f"{space}desc")}
    found = {(element.get("id"), element.text) for element in labels if element is not None}
    assert found == {("x-name", "A <name>"), ("x-words", "Words & more")}
    assert (root.get("aria-labelledby") or "").split() == ["x-name", "x-words"]
