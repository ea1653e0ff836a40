from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.extract.fetch import TooManyError, fetch
from steps.extract.window import Window, cut, since_epoch
from steps.kit.errors import BadData

DAY = Window(dt.datetime(2018, 2, 1, 5, tzinfo=dt.UTC), dt.datetime(2018, 2, 2, 5, tzinfo=dt.UTC))
START, END = since_epoch(DAY.start), since_epoch(DAY.end)


def feature(time: object) -> dict[str, Any]:
    return {"id": str(time), "properties": {"time": time}}


class _Service:
    """Answers as FDSN services do: both edges inclusive; past its limit it refuses, or cuts off in silence."""

    def __init__(self, times: list[int], *, limit: int, refuses: bool) -> None:
        self._times = sorted(times)
        self._limit = limit
        self._refuses = refuses

    def query(self, window: Window, _: Callable[[bytes], list[Any]]) -> list[Any]:
        start, end = since_epoch(window.start), since_epoch(window.end)
        found = [feature(time) for time in self._times if start <= time <= end]
        if len(found) > self._limit and self._refuses:
            raise TooManyError
        return found[: self._limit]


def unread(_: bytes) -> list[Any]:
    raise AssertionError("the service of these tests has features already")


times = st.lists(
    st.integers(START - 5000, END + 5000) | st.sampled_from([START, END, END - 1]), max_size=60, unique=True
)


@given(times, st.integers(1, 6), st.integers(5, 100), st.booleans())
def test_each_event_of_the_day_comes_once(times: list[int], tasks: int, limit: int, refuses: bool) -> None:  # noqa: FBT001
    """Whatever the limit, however it shows, and however the day is cut: all events of the day, none twice."""
    service = _Service(times, limit=limit, refuses=refuses)
    try:
        found = [fetch(service.query, unread, window, limit=limit) for window in cut(DAY, tasks)]
    except BadData:
        # More events than the limit within a second, which the property below is about.
        return
    got = [entry["properties"]["time"] for part in found for entry in part.features]
    assert sorted(got) == sorted(time for time in times if START <= time < END)
    assert all(part.outside == 0 for part in found)


def test_too_many_events_in_the_shortest_window_are_refused() -> None:
    """A service that has more in a second than it gives cannot be read completely, and this is said."""
    service = _Service(list(range(START, START + 900)), limit=100, refuses=True)
    with pytest.raises(BadData, match="100 events or more within"):
        fetch(service.query, unread, DAY, limit=100)


def test_events_that_were_not_asked_for_are_dropped_and_counted() -> None:
    """A service that ignores the window does not put other days' events into this one."""
    answer = [feature(START - 1), feature(START), feature(END), feature(END + 1), feature(None)]
    found = fetch(lambda _window, _read: answer, unread, DAY, limit=100)
    assert [entry["properties"]["time"] for entry in found.features] == [START, None]
    assert found.outside == 2


def test_a_day_that_does_not_exist_is_not_asked_for() -> None:
    """Samoa had no 2011-12-30; a window without length has no event."""
    assert fetch(lambda _window, _read: [feature(START)], unread, Window(DAY.start, DAY.start), limit=9).queries == 0
