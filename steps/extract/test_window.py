from __future__ import annotations

import datetime as dt
import itertools
import zoneinfo

from hypothesis import given
from hypothesis import strategies as st

from steps.extract.window import MILLISECOND, Window, cut, fdsn_time, since_epoch
from steps.kit.contract import day_bounds

zones = st.sampled_from(["America/New_York", "Australia/Lord_Howe", "America/Sao_Paulo", "Pacific/Apia", "UTC"])
days = st.builds(
    lambda date, zone: Window(*day_bounds(date, zoneinfo.ZoneInfo(zone))),
    st.dates(min_value=dt.date(2000, 1, 1), max_value=dt.date(2035, 1, 1)) | st.just(dt.date(2011, 12, 30)),
    zones,
)


@given(days, st.integers(1, 1000))
def test_windows_cover_the_day_without_gap_or_overlap(day: Window, count: int) -> None:
    """However a day is cut, windows follow each other, and their lengths differ by a millisecond at most."""
    windows = cut(day, count)
    assert len(windows) == count
    assert windows[0].start == day.start
    assert windows[-1].end == day.end
    assert all(left.end == right.start for left, right in itertools.pairwise(windows))
    durations = {window.duration for window in windows}
    assert max(durations) - min(durations) <= MILLISECOND


@given(days, st.integers(1, 50), st.floats(0, 1, exclude_max=True))
def test_each_moment_of_the_day_is_in_one_window(day: Window, count: int, share: float) -> None:
    """No event can be asked for twice or be forgotten."""
    moment = since_epoch(day.start) + int(share * (day.duration // MILLISECOND))
    assert sum(moment in window for window in cut(day, count)) == (1 if day.duration else 0)


def test_times_are_written_as_fdsn_wants_them() -> None:
    """UTC without a zone, with milliseconds."""
    zone = zoneinfo.ZoneInfo("America/New_York")
    assert fdsn_time(dt.datetime(2018, 2, 1, tzinfo=zone)) == "2018-02-01T05:00:00.000"
