"""The three charts: hours, magnitudes, trailing days."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET
import zoneinfo
from typing import Any

import pytest

from steps.report.hours import hours
from steps.report.magnitudes import magnitudes
from steps.report.sample import DATE, LAW, ZONE, Json, event, many, parse, past, published
from steps.report.trailing import trailing


def by_class(root: ET.Element, class_: str) -> list[ET.Element]:
    return [element for element in root.iter() if element.get("class") == class_]


def words(root: ET.Element) -> str:
    return "".join(root.itertext())


@pytest.mark.parametrize(
    ("date", "bars"),
    [(dt.date(2018, 3, 11), 23), (DATE, 24), (dt.date(2018, 11, 4), 25)],
    ids=["short", "usual", "long"],
)
def test_a_day_has_the_hours_that_it_has(date: dt.date, bars: int) -> None:
    """When clocks change, the chart has 23 or 25 bars, and the page says so."""
    root = parse(hours(published([], date=date, zone=ZONE).read().statistics))
    assert len(by_class(root, "bar")) == bars
    assert (f"this day has {bars} hours" in words(root)) == (bars != 24)


def test_bars_are_as_high_as_their_counts() -> None:
    """Heights are proportional, and the table has the same numbers."""
    events = [event(id=f"us{i:04}", time=f"2018-02-01T{hour:02}:10:00Z") for i, hour in enumerate([6, 6, 6, 6, 9, 9])]
    root = parse(hours(published(events).read().statistics))
    heights = [float(bar.get("height") or "nan") for bar in by_class(root, "bar")]
    assert (heights[1], heights[4], sum(heights)) == (heights[4] * 2, heights[4], heights[4] * 3)
    rows = [[cell.text for cell in row] for row in root.iter("tr")]
    assert ["01:00", "06:00", "4"] in rows
    assert root.get("data-count") == "6"


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "Australia/Lord_Howe", "Pacific/Apia", "UTC"])
def test_any_zone(zone: str) -> None:
    """Zones with half hours and zones across the date line make a chart as well."""
    root = parse(hours(published([], zone=zoneinfo.ZoneInfo(zone)).read().statistics))
    assert len(by_class(root, "bar")) == 24


def law(**changes: Any) -> Json:
    return {"gutenberg_richter": dict(LAW) | changes, "gutenberg_richter_reason": None}


def test_the_law_is_drawn_and_told() -> None:
    """With an estimate there is a line in its band from the magnitude of completeness on, and the figures in words."""
    root = parse(magnitudes(published(many(300), statistics=law()).read().statistics))
    assert [len(by_class(root, name)) for name in ("law", "band", "complete")] == [1, 1, 1]
    assert "b = 0.92 ± 0.07, from 140 earthquakes of magnitude 1.2 and above" in words(root)


def test_points_accumulate() -> None:
    """The cumulative count of the smallest bin is the number of earthquakes with a magnitude."""
    root = parse(magnitudes(published(many(300)).read().statistics))
    first = by_class(root, "all")[0].find("{http://www.w3.org/2000/svg}title")
    assert first is not None
    assert (first.text or "").endswith(": 300 earthquakes")
    assert root.get("data-count") == "300"


def test_without_an_estimate_the_reason_stands() -> None:
    """No line is drawn without an estimate, and the reader learns why."""
    root = parse(magnitudes(published(many(3)).read().statistics))
    assert by_class(root, "law") == []
    assert "No Gutenberg-Richter line is drawn. There are only a few earthquakes." in words(root)


@pytest.mark.parametrize("changes", [{"b": -0.5}, {"b": 40.0}, {"b_error": 99.0}, {"a": 300.0}, {"completeness": 5.4}])
def test_a_strange_law_stays_in_the_chart(changes: dict[str, float]) -> None:
    """Whatever the estimate, nothing is drawn outside of the plot."""
    root = parse(magnitudes(published(many(300), statistics=law(**changes)).read().statistics))
    for shape in (*by_class(root, "law"), *by_class(root, "band")):
        places = [tuple(map(float, pair.split(","))) for pair in (shape.get("points") or "").split()]
        assert all(44 <= x <= 448 and 22 <= y <= 214 for x, y in places)


def test_no_magnitude_at_all() -> None:
    """Earthquakes without a magnitude are told, not drawn."""
    root = parse(magnitudes(published([event(magnitude=None)]).read().statistics))
    assert "1 earthquake without a magnitude is left out" in words(root)
    assert list(root.iter("{http://www.w3.org/2000/svg}svg")) == []


def test_the_day_among_the_days_before() -> None:
    """There is a bar a day, the day's own is marked, and the comparison is told in words."""
    root = parse(trailing(published(many(15), history=past(10, 8, 12, 15)).read().findings))
    assert (len(by_class(root, "bar past")), len(by_class(root, "bar"))) == (3, 1)
    assert "15 events on this day, 50% more than the average of 10 over the 3 earlier days" in words(root)


def test_missing_days_leave_a_gap() -> None:
    """Bars stand by the calendar: a day that is missing leaves its place empty."""
    history = past(10, 8, 12, 15, 9)
    del history[1:3]
    root = parse(trailing(published(many(9), history=history).read().findings))
    xs = [float(bar.get("x") or "nan") for name in ("bar past", "bar") for bar in by_class(root, name)]
    assert xs[1] - xs[0] == pytest.approx(3 * (xs[2] - xs[1]), abs=0.3)


@pytest.mark.parametrize("history", [[], past(3)], ids=["none", "only the day"])
def test_nothing_to_compare_with(history: list[Json]) -> None:
    """Without earlier days there is a sentence and no chart."""
    root = parse(trailing(published(many(3), history=history).read().findings))
    assert "no earlier days in the database" in words(root)
    assert by_class(root, "bar") == []


def test_a_long_history_is_cut_and_days_without_events_stand() -> None:
    """A year of history shows its last months; a day without events or magnitudes is a day."""
    history = past(*range(400))
    history[-2] |= {"events": 0, "largest": None}
    root = parse(trailing(published(many(399), history=history).read().findings))
    assert root.get("data-count") == "92"
    assert len(by_class(root, "dot past")) == 90
