from __future__ import annotations

import datetime as dt
import json
import re
import zoneinfo

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from steps.kit.contract import LINE_BYTES, NAME, STEP_NAME, AttemptId, RunId, day_bounds, log_line, trace

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


@given(runs, steps, st.integers(1, 10**6))
def test_traces_have_the_form_that_cloud_logging_reads(run: RunId, step: str, number: int) -> None:
    """A trace has 32 hexadecimal digits and a span 16; they depend on the run's and the attempt's id alone."""
    fields = trace(str(run), str(AttemptId(run, step, number)), project="p-1")
    whole, span = fields["logging.googleapis.com/trace"], fields["logging.googleapis.com/spanId"]
    assert re.fullmatch(r"projects/p-1/traces/[0-9a-f]{32}", whole)
    assert re.fullmatch(r"[0-9a-f]{16}", span)
    assert trace(str(run)) == {"logging.googleapis.com/trace": whole.rpartition("/")[2]}


def test_ids_of_traces_never_change() -> None:
    """A step of an older image beside a newer orchestrator is still shown with its run."""
    assert trace("quakes-2018-02-01-g1", "quakes-2018-02-01-g1/load/1") == {
        "logging.googleapis.com/trace": "4998c61cb1539bebe04c566fbbf2be80",
        "logging.googleapis.com/spanId": "62ee294f447b55f6",
    }
    assert trace("") == {}


texts = st.text(max_size=5)
values = st.recursive(
    st.none() | st.integers() | texts.map(lambda text: text * 30_000),
    lambda inner: st.lists(inner, max_size=5) | st.dictionaries(texts, inner, max_size=5),
    max_leaves=20,
)


@settings(deadline=None, max_examples=30)
@given(st.dictionaries(texts, values, max_size=5))
def test_a_line_of_a_log_has_a_limit(fields: dict[str, object]) -> None:
    """Any entry becomes one line of JSON below the limit that begins with its first fields."""
    line = log_line({"severity": "ERROR", "message": "m", **fields})
    assert len(line.encode()) <= LINE_BYTES
    assert "\n" not in line
    assert {"severity", "message"} <= json.loads(line).keys()


def test_a_line_with_too_many_fields_keeps_the_first() -> None:
    """Where cutting texts is not enough, the last fields go."""
    line = log_line({"severity": "ERROR", **{f"field {number}": number for number in range(100_000)}})
    assert len(line) <= LINE_BYTES
    assert json.loads(line)["severity"] == "ERROR"
