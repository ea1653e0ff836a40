from __future__ import annotations

import datetime as dt
import zoneinfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.kit.contract import NAME, STEP_NAME, AttemptId, RunId, day_bounds

NEW_YORK = zoneinfo.ZoneInfo("America/New_York")
HOUR = dt.timedelta(hours=1)
pipelines = st.from_regex(NAME, fullmatch=True)
steps = st.from_regex(STEP_NAME, fullmatch=True)
dates = st.dates(min_value=dt.date(1971, 1, 1), max_value=dt.date(2100, 1, 1))
runs = st.builds(RunId, pipelines, dates, st.integers(1, 10**6))


@given(runs, steps, st.integers(1, 10**6))
def test_identities_are_read_back_as_they_were_written(run: RunId, step: str, number: int) -> None:
    """What `str` writes `parse` reads, also for names with hyphens, underscores and digits."""
    attempt = AttemptId(run, step, number)
    assert RunId.parse(str(run)) == run
    assert AttemptId.parse(str(attempt)) == attempt


@pytest.mark.parametrize("text", ["", "quakes", "quakes-2018-02-01", "quakes-2018-02-01-g0", "Quakes-2018-02-01-g1"])
def test_what_is_no_run_id_is_refused_by_name(text: str) -> None:
    """The message of a refusal contains what was given."""
    with pytest.raises(ValueError, match="is not a run id") as raised:
        RunId.parse(text)
    assert repr(text) in str(raised.value)


@pytest.mark.parametrize("text", ["", "quakes-2018-02-01-g1/load", "quakes-2018-02-01-g1/load/0", "a/b/c"])
def test_what_is_no_attempt_id_is_refused(text: str) -> None:
    """An attempt id without run, step and number is no attempt id."""
    with pytest.raises(ValueError, match="is not a"):
        AttemptId.parse(text)


@pytest.mark.parametrize(
    ("date", "zone", "hours"),
    [
        ("2018-02-01", "America/New_York", 24),
        ("2018-03-11", "America/New_York", 23),
        ("2018-11-04", "America/New_York", 25),
        ("2018-11-04", "America/Sao_Paulo", 23),
        ("2018-04-01", "Australia/Lord_Howe", 24.5),
        ("2011-12-30", "Pacific/Apia", 0),
    ],
)
def test_a_day_is_as_long_as_its_zone_makes_it(date: str, zone: str, hours: float) -> None:
    """Also where midnight does not exist, and where the whole day does not."""
    start, end = day_bounds(dt.date.fromisoformat(date), zoneinfo.ZoneInfo(zone))
    assert (end - start) / HOUR == hours


@given(dates, st.sampled_from(["America/New_York", "America/Sao_Paulo", "Asia/Kathmandu", "Pacific/Apia", "UTC"]))
def test_days_follow_each_other_without_gap_or_overlap(date: dt.date, zone: str) -> None:
    """A day ends in the very moment in which the next one begins."""
    info = zoneinfo.ZoneInfo(zone)
    assert day_bounds(date, info)[1] == day_bounds(date + dt.timedelta(days=1), info)[0]
