from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest

from steps.report import wording
from steps.report.wording import MINUS

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")


@pytest.mark.parametrize(
    ("value", "expected"),
    [(2.53, "2.5"), (-0.04, "0.0"), (-1.26, f"{MINUS}1.3"), (1e300, "1e+300"), (0.0, "0.0"), (699.99, "700.0")],
)
def test_decimal(value: float, expected: str) -> None:
    """Numbers have a true minus sign, no negative zero, and stay short however absurd."""
    assert wording.decimal(value) == expected


@pytest.mark.parametrize(
    ("joules", "expected"),
    [
        (0, "0 joules"),
        (1e3, "1.0 kilojoules"),
        (8.9412e13, "89 terajoules"),
        (2e18, "2.0 exajoules"),
        (999.6e6, "1,000 megajoules"),
        (10**29.8, "630,000 yottajoules"),
    ],
)
def test_energy(joules: float, expected: str) -> None:
    """Energy is told with two significant digits and the prefix that fits."""
    assert wording.energy(joules) == expected


@pytest.mark.parametrize(
    ("magnitude", "expected"),
    [
        (-3, None),
        (-1, "enough to lift a person of 75 kg by about 2.7 m"),
        (1, "enough to bring about 6.0 litres of water from 20 °C to the boil"),
        (3, "enough to bring about 6,000 litres of water from 20 °C to the boil"),
        (4, "about what a large power station (1 gigawatt) delivers in 63 seconds"),
        (5, "about what a large power station (1 gigawatt) delivers in 33 minutes"),
        (6, "about what a large power station (1 gigawatt) delivers in 18 hours"),
        (9, "about what a large power station (1 gigawatt) delivers in 63 years"),
    ],
)
def test_comparison(magnitude: float, expected: str | None) -> None:
    """The comparison is arithmetic: the energy of a magnitude over the everyday quantity."""
    assert wording.comparison(10 ** (1.5 * magnitude + 4.8)) == expected


def test_comparison_agrees_with_the_energy() -> None:
    """A day of a gigawatt is 86.4 terajoules, whatever the wording."""
    assert wording.comparison(3 * 86400e9) == "about what a large power station (1 gigawatt) delivers in 3.0 days"
    assert wording.comparison(33_488_000) == "enough to bring about 100 litres of water from 20 °C to the boil"


def test_hours_that_share_a_name_are_told_apart() -> None:
    """When clocks go back, 01:30 is said twice with different abbreviations."""
    first, second = (dt.datetime(2018, 11, 4, hour, 30, tzinfo=dt.UTC) for hour in (5, 6))
    assert wording.local_time(first, NEW_YORK) == "01:30:00 EDT"
    assert wording.local_time(second, NEW_YORK) == "01:30:00 EST"


@pytest.mark.parametrize(
    ("zone", "expected"), [("America/New_York", f"UTC{MINUS}5"), ("Asia/Kolkata", "UTC+5:30"), ("UTC", "UTC+0")]
)
def test_offset(zone: str, expected: str) -> None:
    """The offset from UTC is told as people write it."""
    assert wording.offset(dt.datetime(2018, 2, 1, 5, tzinfo=dt.UTC), zoneinfo.ZoneInfo(zone)) == expected


def test_words() -> None:
    """Counts, dates, depths and positions read as in a newspaper."""
    assert wording.counted(1, "event") == "1 event"
    assert wording.counted(20000, "event") == "20,000 events"
    assert wording.long_date(dt.date(2018, 2, 1)) == "Thursday, 1 February 2018"
    assert wording.depth(None) == "unknown"
    assert wording.position(-37.534, 118.675) == "37.53°\u00a0S, 118.67°\u00a0E"
    assert wording.magnitude(None) == "no magnitude"
