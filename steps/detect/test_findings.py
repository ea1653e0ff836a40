from __future__ import annotations

import datetime as dt
from collections.abc import Sequence

import pytest

from steps.detect.findings import Finding, find
from steps.detect.history import History, PastDay, RegionCount
from steps.detect.settings import parse_days

TODAY = dt.date(2018, 2, 20)


def findings(
    past: Sequence[tuple[int, float | None]],
    today: tuple[int, float | None],
    regions: Sequence[tuple[str, int, int]] = (),
) -> dict[str, Finding]:
    days = tuple(
        PastDay(logical_date=TODAY - dt.timedelta(days=len(past) - number), events=events, largest=largest)
        for number, (events, largest) in enumerate(past)
    )
    day = PastDay(logical_date=TODAY, events=today[0], largest=today[1])
    counts = tuple(RegionCount(region=name, today=now, before=before) for name, now, before in regions)
    found = find(History(past=days, today=day, regions=counts), day, trailing_days=30)
    return {
        f"{finding.kind} {finding.title}" if finding.kind == "region_swarm" else finding.kind: finding
        for finding in found
    }


USUAL = [(200 + 5 * number, 4.5 + 0.1 * number) for number in range(10)]


@pytest.mark.parametrize("days", [0, 1, 2])
def test_too_few_days_are_said_and_nothing_else(days: int) -> None:
    """Nothing is called unusual that cannot be compared."""
    found = findings(USUAL[:days], (5000, 9.0), [("Chile", 4000, 0)])
    assert list(found) == ["no_history"]
    assert f"{days} are loaded" in found["no_history"].detail


def test_an_ordinary_day_is_information() -> None:
    """Size and largest event are told, without alarm, and no region."""
    found = findings(USUAL, (222, 4.9), [("California", 80, 800), ("Chile", 0, 10)])
    assert [(kind, finding.severity) for kind, finding in found.items()] == [("count", "info"), ("largest", "info")]
    assert found["count"].expected == 222.5


@pytest.mark.parametrize(
    ("events", "severity", "words"),
    [(300, "notice", "unusually many"), (1200, "alert", "unusually many"), (20, "alert", "unusually few")],
)
def test_a_day_of_another_size_is_told(events: int, severity: str, words: str) -> None:
    """Too few events are as remarkable as too many: a network may be silent."""
    found = findings(USUAL, (events, 4.9))
    assert found["count"].severity == severity
    assert words in found["count"].title


def test_a_great_event_is_an_alert() -> None:
    """A magnitude far above the usual largest is told with the record that it is; a small one is no news."""
    found = findings(USUAL, (222, 8.1))
    assert found["largest"].severity == "alert"
    assert found["largest"].title == "The largest event has magnitude 8.1, more than any of 10 days before."
    assert findings(USUAL, (222, 2.0))["largest"].severity == "info"


def test_a_swarm_is_told_for_its_region() -> None:
    """Many events where there are few otherwise; ten times as many days before make the same number ordinary."""
    found = findings(USUAL, (222, 4.9), [("Nevada", 100, 30), ("California", 80, 800), ("Iceland", 9, 0)])
    swarms = [kind for kind in found if kind.startswith("region_swarm")]
    assert swarms == ["region_swarm Nevada is unusually busy."]
    assert found[swarms[0]].severity == "alert"
    assert (found[swarms[0]].value, found[swarms[0]].expected) == (100, 3)


def test_days_without_magnitude_have_no_largest_event() -> None:
    """A day without events is compared by its number alone."""
    assert list(findings(USUAL, (0, None))) == ["count"]
    assert list(findings([(0, None)] * 5, (1, 3.0))) == ["count"]


@pytest.mark.parametrize("text", ["", "0", "-1", "3651", "1.5", "³", "many"])
def test_what_is_no_number_of_days_is_refused(text: str) -> None:
    """From one day to ten years."""
    with pytest.raises(ValueError, match="is not a whole number"):
        parse_days(text)
