from __future__ import annotations

import dataclasses
import datetime as dt
import json
from collections.abc import Callable
from typing import Any

import pytest

from steps.report.fields import InputError
from steps.report.reading import TEXT_LIMIT, shorten
from steps.report.sample import LAW, Json, Published, event, many, past, published


def changed(name: str, change: Callable[[Any], object]) -> Published:
    """Inputs of a usual day with one document changed."""
    usual = published(many(5), history=past(4, 5))
    documents = {"statistics": json.loads(usual.statistics), "findings": json.loads(usual.findings)}
    change(documents[name])
    statistics, findings = (json.dumps(document).encode() for document in documents.values())
    return dataclasses.replace(usual, statistics=statistics, findings=findings)


def problems(inputs: Published) -> list[str]:
    with pytest.raises(InputError) as caught:
        inputs.read()
    return str(caught.value).splitlines()


def test_a_usual_day() -> None:
    """Everything that was published arrives as it is."""
    day = published(many(5), history=past(4, 5), statistics={"gutenberg_richter": dict(LAW)}).read()
    assert (day.loaded, len(day.events), day.statistics.events) == (5, 5, 5)
    assert [entry.events for entry in day.findings.history] == [4, 5]
    assert day.statistics.law is not None
    assert (day.statistics.law.b, day.statistics.law.b_error) == (0.92, 0.07)
    assert day.statistics.zone.key == "America/New_York"


def test_an_empty_day() -> None:
    """A day without an event is a day."""
    day = published([]).read()
    assert (day.loaded, day.events, day.quarantine) == (0, (), ())


@pytest.mark.parametrize(
    ("name", "change", "expected"),
    [
        ("statistics", lambda s: s.update(events=4), "events: is 4, expected 5, which is what load wrote"),
        ("statistics", lambda s: s.update(quarantined=2), "quarantined: is 2, expected 0, as in quarantine.jsonl"),
        (
            "findings",
            lambda f: f.update(logical_date="2018-02-02"),
            "logical_date: is '2018-02-02', expected 2018-02-01, the date of the run",
        ),
        ("statistics", lambda s: s.update(format=2), "format: is 2, expected 1"),
        (
            "statistics",
            lambda s: s.update(time_zone="Mars/Base"),
            "time_zone: is 'Mars/Base', expected an IANA time zone",
        ),
        (
            "statistics",
            lambda s: s["by_hour"][3].update(events=True),
            "by_hour[3].events: is True, expected a whole number, 0 or more",
        ),
        (
            "statistics",
            lambda s: s.update(energy_joules=float("nan")),
            "energy_joules: is nan, expected a finite number",
        ),
        ("statistics", lambda s: s.pop("by_type"), "by_type: is None, expected an object"),
        ("findings", lambda f: f.update(findings={}), "findings: is {}, expected a list"),
        (
            "findings",
            lambda f: f["findings"].append({"kind": "x", "severity": "loud", "title": "", "detail": ""}),
            "findings[0].severity: is 'loud', expected alert, notice, info",
        ),
    ],
)
def test_what_is_wrong_is_named(name: str, change: Callable[[Any], object], expected: str) -> None:
    """A document that breaks its format or contradicts the others is refused with place, value and remedy."""
    assert problems(changed(name, change)) == [f"{name}.json.{expected}"]


def test_all_problems_at_once() -> None:
    """Problems of several documents are reported together."""
    usual = published(many(2))
    broken = dataclasses.replace(usual, statistics=b"[]", events=b'{"id": 3}\nnonsense\n')
    found = problems(broken)
    assert any(line.startswith("events.jsonl, line 1.id: is 3") for line in found)
    assert "events.jsonl, line 2: is 'nonsense', expected a JSON object" in found
    assert any(line.startswith("statistics.json: is '[]'") for line in found)


def test_many_problems_stay_readable() -> None:
    """A file of nonsense is not repeated line by line, and no value at full length."""
    usual = published([])
    found = problems(dataclasses.replace(usual, events=b"x" * 5000 + b"\n" + b"no\n" * 5000))
    assert len(found) == 21
    assert found[-1].startswith("… and ")
    assert max(map(len, found)) < 250


@pytest.mark.parametrize("value", [float("nan"), float("inf"), 10**400, None])
def test_a_magnitude_that_is_no_number_is_none(value: object) -> None:
    """What is not finite was not measured; the event stays."""
    day = published([event(magnitude=None)]).read()
    lines = json.dumps(event(magnitude=value)).encode()
    inputs = dataclasses.replace(published([event(magnitude=None)]), events=lines)
    assert inputs.read().events[0].magnitude is None
    assert day.events[0].magnitude is None


def test_a_time_without_offset_is_refused() -> None:
    """A naive time is nobody's time."""
    inputs = dataclasses.replace(published([event()]), events=json.dumps(event(time="2018-02-01T14:30:00")).encode())
    assert problems(inputs)[0].startswith("events.jsonl, line 1.time: is '2018-02-01T14:30:00', expected an ISO time")


def test_quarantine_is_counted_by_reason() -> None:
    """Reasons are ordered by how often they occur, each with the sentence of its first event."""
    lines: list[Json] = [
        {"reason": "bad_depth", "detail": "Its depth 7000 is wrong.", "feature": {}},
        {"reason": "bad_time", "detail": "Its time is wrong.", "feature": {}},
        {"reason": "bad_time", "detail": "Its time is wrong as well.", "feature": None},
    ]
    day = published([], quarantine=lines).read()
    assert [(entry.reason, entry.events, entry.example) for entry in day.quarantine] == [
        ("bad_time", 2, "Its time is wrong."),
        ("bad_depth", 1, "Its depth 7000 is wrong."),
    ]


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ("a\n  b\tc ", "a b c"),
        ("x" * 10**6, "x" * (TEXT_LIMIT - 1) + "…"),
        ("", ""),
        ("y" * TEXT_LIMIT, "y" * TEXT_LIMIT),
    ],
)
def test_shorten(value: str, expected: str) -> None:
    """A text of absurd length is cut, and the cut is visible."""
    assert shorten(value) == expected


def test_dates_of_the_run_count() -> None:
    """Results of another date are not published under this one."""
    inputs = dataclasses.replace(published([]), logical_date=dt.date(2018, 2, 2))
    assert len(problems(inputs)) == 2
