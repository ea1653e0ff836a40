from __future__ import annotations

import threading
from datetime import date

import pytest

from orchestrator.core.dates import span
from orchestrator.engine.many import each_day
from orchestrator.testing.fakes import FakeInterrupt

DAYS = span(date(2018, 2, 1), date(2018, 2, 6))


def test_days_go_in_order_one_by_one() -> None:
    """Each is done once."""
    done = list[date]()

    def do(day: date) -> int:
        done.append(day)
        return day.day

    found = list(each_day(DAYS, do, parallel=1, interrupt=FakeInterrupt()))
    assert found == [(day, day.day) for day in DAYS]
    assert tuple(done) == DAYS


def test_so_many_at_once_and_no_more() -> None:
    """Three days meet, a fourth never joins them."""
    meeting, going, most = threading.Barrier(3, timeout=30), list[date](), list[int]()

    def do(day: date) -> int:
        going.append(day)
        most.append(len(going))
        meeting.wait()
        going.remove(day)
        return day.day

    found = dict(each_day(DAYS, do, parallel=3, interrupt=FakeInterrupt()))
    assert found == {day: day.day for day in DAYS}
    assert max(most) == 3


def test_stop_request_begins_no_further_day() -> None:
    """What was begun is waited for."""
    interrupt = FakeInterrupt()

    def do(day: date) -> int:
        interrupt.reason = "SIGTERM"
        return day.day

    assert list(each_day(DAYS, do, parallel=1, interrupt=interrupt)) == [(DAYS[0], 1)]


def test_error_ends_it() -> None:
    """It is the caller's."""

    def do(day: date) -> int:
        if day == DAYS[1]:
            raise ValueError(day.isoformat())
        return day.day

    days = each_day(DAYS, do, parallel=1, interrupt=FakeInterrupt())
    assert next(days) == (DAYS[0], 1)
    with pytest.raises(ValueError, match="2018-02-02"):
        next(days)
