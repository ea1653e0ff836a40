from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection

import pytest

from orchestrator.core.dates import local_day, logical_date, missed, span
from orchestrator.core.model import Schedule
from steps.kit.contract import day_bounds

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
DUE = dt.date(2018, 2, 5)


@pytest.mark.parametrize(
    ("now", "offset", "expected"),
    [
        ("2018-02-02T05:01:00+00:00", 1, "2018-02-01"),
        ("2018-02-02T04:59:00+00:00", 1, "2018-01-31"),
        ("2018-03-12T04:01:00+00:00", 1, "2018-03-11"),
        ("2018-11-05T05:01:00+00:00", 1, "2018-11-04"),
        ("2018-11-05T05:01:00+00:00", 0, "2018-11-05"),
    ],
)
def test_logical_date_is_the_local_day_minus_the_offset(now: str, offset: int, expected: str) -> None:
    """Also right after midnight, and on both days on which the clocks change."""
    schedule = Schedule(cron="1 0 * * *", time_zone="America/New_York", offset_days=offset)
    moment = dt.datetime.fromisoformat(now)
    assert dt.date.fromisoformat(expected) == logical_date(schedule, moment)
    assert dt.date.fromisoformat(expected) == local_day(schedule, moment) - dt.timedelta(days=offset)


def test_each_day_of_new_york_is_run_once_and_whole() -> None:
    """A trigger at 00:01 of every local day from 2024 to 2030: no day is skipped or doubled, none overlaps the next."""
    schedule = Schedule(cron="1 0 * * *", time_zone="America/New_York", offset_days=1)
    days = span(dt.date(2024, 1, 1), dt.date(2030, 12, 31))
    triggers = [dt.datetime.combine(day, dt.time(0, 1), NEW_YORK).astimezone(dt.UTC) for day in days]
    assert [logical_date(schedule, at) + dt.timedelta(days=1) for at in triggers] == list(days)
    bounds = [day_bounds(day, NEW_YORK) for day in days]
    assert [end for _, end in bounds[:-1]] == [start for start, _ in bounds[1:]]
    hours = [(end - start) // dt.timedelta(hours=1) for start, end in bounds]
    assert (hours.count(23), hours.count(25), set(hours)) == (7, 7, {23, 24, 25})


def test_span_has_both_ends() -> None:
    """And nothing when it is the wrong way round."""
    assert span(DUE, DUE) == (DUE,)
    assert span(DUE, dt.date(2018, 2, 7)) == (DUE, dt.date(2018, 2, 6), dt.date(2018, 2, 7))
    assert span(DUE, dt.date(2018, 2, 4)) == ()


@pytest.mark.parametrize(
    ("known", "most", "expected"),
    [
        ([], 3, []),
        ([1], 3, [2, 3, 4]),
        ([1], 2, [3, 4]),
        ([1], 0, []),
        ([2, 4], 3, [3]),
        ([2, 3, 4], 3, []),
        ([4], 3, []),
        ([5], 3, []),
        ([3, 5], 31, [4]),
    ],
)
def test_missed_days_are_those_without_a_run(known: Collection[int], most: int, expected: Collection[int]) -> None:
    """Of so many before the due one, and from the pipeline's first run on."""
    found = missed(DUE, [dt.date(2018, 2, day) for day in known], most=most)
    assert [day.day for day in found] == list(expected)
