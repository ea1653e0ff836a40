from __future__ import annotations

import datetime as dt
import zoneinfo
from typing import Any

import pytest

from steps.aggregate import counts
from steps.aggregate.summary import Day, summarize
from steps.kit.contract import day_bounds

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


def day(date: str) -> Day:
    start, end = day_bounds(dt.date.fromisoformat(date), NEW_YORK)
    return Day(logical_date=dt.date.fromisoformat(date), zone=NEW_YORK, start=start, end=end)


def line(
    identity: str, *, time: str = "2018-02-01T05:00:00.000Z", magnitude: float | None = 1.0, region: str = "Chile",
    kind: str = "earthquake",
) -> dict[str, Any]:  # fmt: skip
    return {"id": identity, "time": time, "magnitude": magnitude, "region": region, "type": kind, "place": None}


def test_a_day_without_events_has_statistics() -> None:
    """Zero is a result: all hours are there, nothing else is."""
    statistics = summarize([], day("2018-02-01"), quarantined=2)
    assert statistics["events"] == 0
    assert statistics["quarantined"] == 2
    assert len(statistics["by_hour"]) == 24
    assert (statistics["by_magnitude"], statistics["by_region"], statistics["largest"]) == ([], [], [])
    assert statistics["energy_joules"] == 0
    assert statistics["gutenberg_richter"] is None
    assert statistics["gutenberg_richter_reason"] == "There is no earthquake with a magnitude."


@pytest.mark.parametrize(
    ("date", "labels"),
    [
        ("2018-03-11", ["00:00", "01:00", "03:00", "04:00"]),
        ("2018-11-04", ["00:00", "01:00", "01:00", "02:00"]),
        ("2018-02-01", ["00:00", "01:00", "02:00", "03:00"]),
    ],
)
def test_hours_follow_the_local_clock(date: str, labels: list[str]) -> None:
    """The day on which clocks go forward has 23 hours, the other one 25, each with its own events."""
    bounds = day(date)
    starts = [bounds.start + dt.timedelta(hours=number) for number in range(4)]
    events = [line(str(number), time=start.isoformat()) for number, start in enumerate(starts)]
    hours = summarize(events, bounds, quarantined=0)["by_hour"]
    assert len(hours) == (bounds.end - bounds.start) // dt.timedelta(hours=1)
    assert [hour["label"] for hour in hours[:4]] == labels
    assert [hour["events"] for hour in hours[:5]] == [1, 1, 1, 1, 0]


def test_magnitude_bins_are_contiguous_and_half_open() -> None:
    """An event on an edge belongs to the bin above it; empty bins between are shown."""
    assert counts.by_magnitude([-0.2, 0.0, 0.49, 1.5]) == [
        {"from": -0.5, "to": 0.0, "events": 1},
        {"from": 0.0, "to": 0.5, "events": 2},
        {"from": 0.5, "to": 1.0, "events": 0},
        {"from": 1.0, "to": 1.5, "events": 0},
        {"from": 1.5, "to": 2.0, "events": 1},
    ]


def test_only_earthquakes_enter_magnitudes_and_energy() -> None:
    """Blasts are counted by type, hour and region, and nowhere else."""
    events = [line("a", magnitude=2.0), line("b", magnitude=5.0, kind="quarry blast"), line("c", magnitude=None)]
    statistics = summarize(events, day("2018-02-01"), quarantined=0)
    assert statistics["by_type"] == {"earthquake": 2, "quarry blast": 1}
    assert [entry["events"] for entry in statistics["by_magnitude"]] == [1]
    assert statistics["without_magnitude"] == 1
    assert statistics["energy_joules"] == pytest.approx(10**7.8, rel=1e-5)


def test_energy_follows_gutenberg_and_richter() -> None:
    """A magnitude 6 radiates 10^13.8 J, two of them twice that."""
    assert counts.energy_joules([6.0, 6.0]) == pytest.approx(2 * 10**13.8)


def test_regions_come_by_number_then_name() -> None:
    """The busiest first; among equals the alphabet decides; a region may have no magnitude at all."""
    events = [
        line("a", region="Peru", magnitude=None), line("b", region="Chile", magnitude=4.0),
        line("c", region="Alaska", magnitude=1.0), line("d", region="Alaska", magnitude=2.5),
    ]  # fmt: skip
    assert summarize(events, day("2018-02-01"), quarantined=0)["by_region"] == [
        {"region": "Alaska", "events": 2, "largest": 2.5},
        {"region": "Chile", "events": 1, "largest": 4.0},
        {"region": "Peru", "events": 1, "largest": None},
    ]


def test_the_ten_largest_are_named_in_full() -> None:
    """Largest first, the earlier one among equals; events without magnitude are not among them."""
    events = [line(f"e{number:02}", magnitude=float(number % 12)) for number in range(24)]
    events.append(line("none", magnitude=None))
    largest = summarize(events, day("2018-02-01"), quarantined=0)["largest"]
    assert [entry["id"] for entry in largest] == ["e11", "e23", "e10", "e22", "e09", "e21", "e08", "e20", "e07", "e19"]
    assert largest[0] == events[11]
