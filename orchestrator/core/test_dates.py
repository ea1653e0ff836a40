from __future__ import annotations

import datetime as dt

import pytest

from orchestrator.core.dates import local_day, logical_date
from orchestrator.core.model import Schedule


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
