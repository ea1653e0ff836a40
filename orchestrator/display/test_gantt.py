from __future__ import annotations

import time
from collections.abc import Iterator
from datetime import timedelta

import pytest

from orchestrator.core import events, history
from orchestrator.core.events import Event, Failure, FailureKind, Outcome
from orchestrator.core.states import abandoned, fold
from orchestrator.display import gantt, timescale
from orchestrator.display.screen import Screen
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(step("first"), step("second", ["first"]))
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 75", code=75)
WIDTH = 8 + 1 + 60


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def after(seconds: float) -> timedelta:
    return timedelta(seconds=seconds)


def ran(name: str, number: int, start: float) -> list[Event]:
    at, of = BEGIN + after(start), attempt(name, number)
    return [
        events.Intended(at=at, attempt=of, digest=""),
        events.Started(at=at, attempt=of, execution="", log=""),
    ]


def succeeded(name: str, number: int, end: float) -> Event:
    return events.Succeeded(at=BEGIN + after(end), attempt=attempt(name, number), ended=BEGIN + after(end))


def failed(name: str, number: int, end: float, *, due: float) -> list[Event]:
    at = BEGIN + after(end)
    return [
        events.Failed(at=at, attempt=attempt(name, number), ended=at, failure=FAILURE),
        events.RetryScheduled(at=at, step=name, number=number + 1, due=BEGIN + after(due)),
    ]


def draw(*happened: Event, now: float, dead: bool = False, width: int = WIDTH) -> list[str]:
    log = build.log(PIPELINE, *happened)
    view = abandoned(fold(log), "it died") if dead else fold(log)
    return gantt.render(view, history.read(log), BEGIN + after(now), Screen(width=width))


RETRIED = (*ran("first", 1, 0), *failed("first", 1, 10, due=20), *ran("first", 2, 20), succeeded("first", 2, 30))


def test_attempts_waits_and_what_goes_on() -> None:
    """The failed attempt, the dots, the one that succeeded, and the next step that is open to the right."""
    assert draw(*RETRIED, *ran("second", 1, 30), now=40) == [
        "first   ▒▒▒▒▒▒▒▒▒▒▒▒▒▒✗··············███████████████",
        "second                                             ███████████████▶",
        "        ┬─────────────┬──────────────┬─────────────┬────────────────",
        "        05:01:00      05:01:10       05:01:20      05:01:30",
        "        █ work  ▒ failed  · waiting to try again  ▶ goes on",
    ]


def test_what_nobody_watches_has_an_open_question() -> None:
    """The driver is dead: the picture ends with the log, and whether the step goes on is not known."""
    lines = draw(*ran("first", 1, 0), succeeded("first", 1, 30), *ran("second", 1, 35), now=4_000, dead=True)
    assert lines[1].endswith("?")
    assert "? nobody looks" in lines[-1]


def test_long_pauses_are_cut_out() -> None:
    """A retry by a person a day later leaves room for what happened."""
    day = 86_400
    lines = draw(
        *RETRIED,
        events.Finished(at=BEGIN + after(30), outcome=Outcome.FAILED),
        events.Reopened(at=BEGIN + after(day), steps=(), by="ann"),
        events.Claimed(at=BEGIN + after(day), driver="two"),
        *ran("second", 1, day),
        now=day + 30,
    )
    cut = lines[0].index(timescale.CUT)
    # Thirty seconds on either side, so about half of the picture.
    assert 8 + 25 < cut < 8 + 35
    assert lines[1][cut] == lines[2][cut] == timescale.CUT
    assert lines[1].count("█") > 15


@pytest.mark.parametrize("width", [22, 30, 49, 80, 200])
def test_the_picture_fits(width: int) -> None:
    """And takes the room that there is."""
    lines = draw(*RETRIED, *ran("second", 1, 30), now=40, width=width)
    assert width - 3 <= max(map(len, lines)) <= width


def test_no_room_no_picture() -> None:
    """Nor one where nothing was tried."""
    assert draw(*RETRIED, now=40, width=18) == []
    assert draw(now=40) == []


def test_the_axis_has_round_times() -> None:
    """The beginning, then times that people like; marks are over their labels."""
    bars = timescale.scale([(BEGIN + after(7), BEGIN + after(67))], width=60)
    rule, labels = bars.axis()
    assert labels.split() == ["05:01:07", "05:01:30", "05:01:45"]
    assert [n for n, mark in enumerate(rule) if mark == "┬"] == [labels.index(label) for label in labels.split()]


@pytest.mark.parametrize(("seconds", "label"), [(600, "05:04"), (86_400, "12:00"), (20 * 86_400, "02-04")])
def test_the_axis_suits_the_length(seconds: float, label: str) -> None:
    """Minutes, hours or days."""
    rule, labels = timescale.scale([(BEGIN, BEGIN + after(seconds))], width=100).axis()
    assert label in labels
    assert len(rule) == 100


def test_columns_never_leave_the_scale() -> None:
    """Whatever time is asked for, and however short all of it was."""
    bars = timescale.scale([(BEGIN, BEGIN)], width=20)
    assert [bars.column(BEGIN + after(at)) for at in (-5, 0, 5)] == [0, 0, 19]
