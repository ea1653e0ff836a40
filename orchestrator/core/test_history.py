from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from orchestrator.core import events, history
from orchestrator.core.events import Event, Failure, FailureKind, Outcome, StopReason
from orchestrator.core.history import AttemptState, Decision, History
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(step("first"), step("second", ["first"]))
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 75", code=75)
LATER = BEGIN + timedelta(seconds=5)
DUE = LATER + timedelta(seconds=4)


def read(*happened: Event) -> History:
    return history.read(build.log(PIPELINE, *happened))


def intended(number: int, digest: str) -> Event:
    return events.Intended(at=BEGIN, attempt=attempt("first", number), digest=digest)


def started(number: int) -> Event:
    return events.Started(at=BEGIN, attempt=attempt("first", number), execution=f"process {number}", log=f"/{number}")


FAILED_ONCE = (
    intended(1, "sha256:1"),
    started(1),
    events.Failed(at=LATER, attempt=attempt("first"), ended=LATER, failure=FAILURE),
    events.RetryScheduled(at=LATER, step="first", number=2, due=DUE),
)


def test_every_attempt_keeps_what_became_of_it() -> None:
    """Also under which digest it ran, after a later one ran under another."""
    second = (
        intended(2, "sha256:2"),
        started(2),
        events.Succeeded(at=DUE, attempt=attempt("first", 2), ended=DUE),
    )
    first, last = read(*FAILED_ONCE, *second).of("first")
    assert (first.state, first.digest, first.due, first.message) == ("failed", "sha256:1", DUE, "exited with 75")
    assert (first.execution, first.log, first.failure) == ("process 1", "/1", FAILURE)
    assert (last.state, last.digest, last.ended, last.due) == ("succeeded", "sha256:2", DUE, None)


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([intended(1, "")], AttemptState.STARTING),
        ([intended(1, ""), started(1)], AttemptState.RUNNING),
        (
            [
                intended(1, ""),
                started(1),
                events.StopOrdered(at=LATER, attempt=attempt("first"), reason=StopReason.TIMEOUT),
            ],
            AttemptState.RUNNING,
        ),
        (
            [intended(1, ""), events.Withdrawn(at=LATER, attempt=attempt("first"), message="redeployed")],
            AttemptState.WITHDRAWN,
        ),
        (
            [intended(1, ""), started(1), events.Lost(at=LATER, attempt=attempt("first"), message="no trace")],
            AttemptState.LOST,
        ),
    ],
)
def test_states_of_an_attempt(happened: list[Event], expected: AttemptState) -> None:
    """From its own events alone."""
    (found,) = read(*happened).attempts
    assert found.state is expected


def test_an_adopted_attempt_has_its_later_name() -> None:
    """The execution as the new driver found it."""
    adopted = events.Adopted(at=LATER, attempt=attempt("first"), execution="process 9")
    (found,) = read(intended(1, ""), started(1), adopted).attempts
    assert (found.execution, found.state) == ("process 9", AttemptState.RUNNING)


def test_what_the_orchestrator_decides_about_a_step_is_no_attempt() -> None:
    """A step that is given up or skipped keeps its attempts as they ended; the time goes on."""
    given_up = read(
        *FAILED_ONCE[:3],
        events.Exhausted(at=LATER, step="first", reason="no attempt is left of 1"),
        events.Skipped(at=DUE, step="second", because=("first",)),
    )
    assert given_up.attempts == read(*FAILED_ONCE[:3]).attempts
    assert (given_up.decisions, given_up.last) == ((), DUE)


def test_a_rerun_names_who_wanted_it() -> None:
    """A later generation is opened by somebody, the first one by its trigger."""
    opened, *_ = build.log(PIPELINE)
    assert isinstance(opened.event, events.Opened)
    rerun = dataclasses.replace(opened, event=dataclasses.replace(opened.event, by="ann", why="late data"))
    assert history.read([opened]).decisions == ()
    assert history.read([rerun]).decisions == (Decision(at=BEGIN, what="opened", by="ann", why="late data"),)


def test_decisions_of_people_are_kept() -> None:
    """With who and why, in order; what a driver does by itself is none."""
    found = read(
        events.CancelRequested(at=BEGIN, by="bob", why="disk"),
        events.Finished(at=LATER, outcome=Outcome.CANCELLED),
        events.Reopened(at=LATER, steps=("first",), by="ann"),
        events.ReleaseChanged(at=DUE, release=build.release(PIPELINE), by="eve"),
        events.Claimed(at=DUE, driver="two"),
    )
    assert [(each.what, each.by, each.why) for each in found.decisions] == [
        ("cancelled", "bob", "disk"),
        ("retried (first)", "ann", ""),
        ("let go on under release 000000000000", "eve", ""),
    ]
    assert (found.driver, found.last) == ("two", DUE)


def test_an_empty_log_has_no_history() -> None:
    """It is a mistake of the caller."""
    with pytest.raises(ValueError, match="empty log"):
        history.read([])
