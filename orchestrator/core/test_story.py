from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from orchestrator.core import events
from orchestrator.core.events import Event, Failure, FailureKind, Outcome, StopReason
from orchestrator.core.states import RunView, fold
from orchestrator.core.story import Severity, elapsed, seconds, tell
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(build.step("a"), build.step("b", ["a"]))
LATER = BEGIN + timedelta(seconds=2)
OPENED = events.Opened(at=BEGIN, run=RUN, release=build.release(PIPELINE), storage="memory:")


def view(*more: Event) -> RunView:
    return fold(build.log(PIPELINE, *more))


RUNNING = view(
    events.Intended(at=BEGIN, attempt=attempt("a"), digest="sha256:0"),
    events.Started(at=BEGIN, attempt=attempt("a"), execution="process 7", log="here"),
)
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 1", code=1, last_lines=("oh",))


TOLD: list[tuple[Event, Severity, str]] = [
    (OPENED, Severity.INFO, "opened with 2 steps, release 000000000000"),
    (events.Claimed(at=BEGIN, driver="me"), Severity.INFO, "driven by me"),
    (events.Released(at=BEGIN, driver="me", reason="SIGTERM"), Severity.NOTICE, "stopped by SIGTERM, 1 executions"),
    (events.Reopened(at=BEGIN, steps=("a",), by="ann"), Severity.NOTICE, "reopened by ann to do again: a"),
    (
        dataclasses.replace(OPENED, by="ann", why="late data"),
        Severity.INFO,
        "opened with 2 steps, release 000000000000, by ann (late data)",
    ),
    (
        events.ReleaseChanged(at=BEGIN, release=build.release(PIPELINE), by="ann"),
        Severity.NOTICE,
        "goes on under release 000000000000, as ann allowed",
    ),
    (
        events.CancelRequested(at=BEGIN, by="ann", why="disk"),
        Severity.NOTICE,
        "is to be cancelled, asked for by ann (disk)",
    ),
    (events.Finished(at=LATER, outcome=Outcome.SUCCEEDED), Severity.INFO, "succeeded in 2.0 s"),
    (
        events.Finished(at=LATER, outcome=Outcome.CANCELLED),
        Severity.WARNING,
        "cancelled after 2.0 s, 2 steps are not done",
    ),
    (events.Finished(at=LATER, outcome=Outcome.FAILED), Severity.ERROR, "failed in 2.0 s"),
    (events.Intended(at=BEGIN, attempt=attempt("a"), digest=""), Severity.INFO, "starting"),
    (
        events.Started(at=BEGIN, attempt=attempt("a", 2), execution="p 7", log=""),
        Severity.INFO,
        "attempt 2 started",
    ),
    (
        events.Withdrawn(at=BEGIN, attempt=attempt("a"), message="redeployed"),
        Severity.NOTICE,
        "attempt 1 is not started: redeployed",
    ),
    (events.Adopted(at=BEGIN, attempt=attempt("a"), execution="p 7"), Severity.INFO, "adopted p 7"),
    (
        events.StopOrdered(at=BEGIN, attempt=attempt("a"), reason=StopReason.TIMEOUT),
        Severity.WARNING,
        "attempt 1 is being cancelled: its timeout passed",
    ),
    (events.Succeeded(at=LATER, attempt=attempt("a"), ended=LATER), Severity.INFO, "succeeded after 2.0 s"),
    (
        events.Failed(at=LATER, attempt=attempt("a"), ended=LATER, failure=FAILURE),
        Severity.WARNING,
        "attempt 1 exited with 1 after 2.0 s",
    ),
    (events.Lost(at=LATER, attempt=attempt("a"), message="gone"), Severity.WARNING, "attempt 1 lost: gone"),
    (
        events.RetryScheduled(at=BEGIN, step="a", number=2, due=LATER),
        Severity.NOTICE,
        "attempt 2 of 3 follows in 2.0 s",
    ),
    (events.Exhausted(at=BEGIN, step="a", reason="why"), Severity.ERROR, "failed for good: why"),
    (events.Skipped(at=BEGIN, step="b", because=("a",)), Severity.WARNING, "skipped because of a"),
    (events.Skipped(at=BEGIN, step="b", because=()), Severity.WARNING, "skipped because the run's deadline passed"),
]


@pytest.mark.parametrize(("event", "severity", "text"), TOLD, ids=[event.kind for event, _, _ in TOLD])
def test_every_event_has_words(event: Event, severity: Severity, text: str) -> None:
    """Each kind of event says what happened, as loud as it deserves."""
    told = tell(event, RUNNING)
    assert severity is told.severity
    assert told.text.startswith(text)
    assert told.subject in {str(RUN), "a", "b"}


def test_no_event_is_left_out() -> None:
    """The table above has words for every kind."""
    assert {type(event) for event, _, _ in TOLD} == set(events.KINDS.values())


def test_failure_shows_the_last_lines() -> None:
    """The step's own words stand below its failure."""
    told = tell(events.Failed(at=LATER, attempt=attempt("a"), ended=LATER, failure=FAILURE), RUNNING)
    assert told.lines == ("oh",)


def test_attempt_that_never_started_has_no_duration() -> None:
    """There is nothing to count from."""
    told = tell(events.Failed(at=LATER, attempt=attempt("a"), ended=LATER, failure=FAILURE), view())
    assert told.text == "attempt 1 exited with 1"


@pytest.mark.parametrize(
    ("time", "expected"),
    [(0.04, "0.0 s"), (59.94, "59.9 s"), (61, "1:01"), (3600 * 2 + 61, "2:01:01"), (-1, "0.0 s")],
)
def test_durations_are_readable(time: float, expected: str) -> None:
    """Tenths of seconds below a minute, then clock-like; a clock that was set back shows nothing odd."""
    assert expected == seconds(timedelta(seconds=time))


def test_elapsed_ends_with_the_run() -> None:
    """A finished run does not grow older."""
    assert timedelta(seconds=2) == elapsed(view(), LATER)
    assert timedelta() == elapsed(view(events.Finished(at=BEGIN, outcome=Outcome.SUCCEEDED)), LATER)
