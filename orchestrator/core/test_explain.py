from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from orchestrator.core import events, explain
from orchestrator.core.events import Event, Failure, FailureKind, StopReason
from orchestrator.core.states import fold
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN

PAIR = build.pipeline(step("a"), step("b", ["a"]), step("c"), parallelism=1)
STARTED = (
    events.Intended(at=BEGIN, attempt=attempt("a"), digest="sha256:0"),
    events.Started(at=BEGIN, attempt=attempt("a"), execution="process 1", log="here"),
)
FAILED = events.Failed(
    at=BEGIN,
    attempt=attempt("a"),
    ended=BEGIN,
    failure=Failure(kind=FailureKind.EXIT_CODE, message="exited with 1", code=1),
)


def check(name: str, *happened: Event, expected: str) -> None:
    view = fold(build.log(PAIR, *happened))
    assert expected == explain.why(PAIR, view, name, now=BEGIN)


def test_waiting_step_says_what_for() -> None:
    """Needs, places, and the moment before the start."""
    check("b", expected="waits for a")
    check("c", *STARTED, expected="waits for one of 1 places")
    check("a", expected="about to start")


def test_step_of_a_run_that_nobody_drives() -> None:
    """It waits for a person."""
    view = fold(build.log(PAIR)[:1])
    assert explain.why(PAIR, view, "b", now=BEGIN) == "nobody drives the run: run it again"


def test_step_for_which_something_else_is_deployed() -> None:
    """It waits for a decision, with both remedies; what the driver did not leave for waits for a driver."""
    left = events.Released(at=BEGIN, driver="one", reason="changed", changed=("a",))
    says = "something else is deployed for it than the run began with: run it with --allow-mixed, or deploy back"
    check("a", left, expected=says)
    check("b", left, expected="nobody drives the run: run it again")
    retry = events.RetryScheduled(at=BEGIN, step="a", number=2, due=BEGIN)
    check("a", *STARTED, FAILED, retry, left, expected=says)


def test_step_that_a_rerun_takes_over() -> None:
    """It has a result, of another generation."""
    opened, *_ = build.log(PAIR)
    assert isinstance(opened.event, events.Opened)
    view = fold([dataclasses.replace(opened, event=dataclasses.replace(opened.event, reused=("a",)))])
    assert explain.why(PAIR, view, "a", now=BEGIN) == "the result of the generation before stands"


def test_retrying_step_says_why_and_when() -> None:
    """The last failure and the time of the next attempt."""
    due = BEGIN + timedelta(seconds=40)
    scheduled = events.RetryScheduled(at=BEGIN, step="a", number=2, due=due)
    check("a", *STARTED, FAILED, scheduled, expected="exited with 1; next attempt in 40 s")
    now = events.RetryScheduled(at=BEGIN, step="a", number=2, due=BEGIN)
    check("a", *STARTED, FAILED, now, expected="exited with 1; next attempt now")


def test_ended_step_says_why() -> None:
    """Failed, lost and skipped ones name the cause, a running one needs no words."""
    exhausted = events.Exhausted(at=BEGIN, step="a", reason="no attempt is left of 1")
    check("a", *STARTED, FAILED, exhausted, expected="exited with 1; no attempt is left of 1")
    lost = events.Lost(at=BEGIN, attempt=attempt("a"), message="gone")
    check("a", *STARTED, lost, exhausted, expected="attempt 1 was lost; no attempt is left of 1")
    check("b", events.Skipped(at=BEGIN, step="b", because=("a",)), expected="because of a")
    check("b", events.Skipped(at=BEGIN, step="b", because=()), expected="the run's deadline passed")
    check("a", *STARTED, expected="")


def test_active_step_says_what_is_odd() -> None:
    """Nobody watches it, or it is being cancelled."""
    check("a", *STARTED, events.Claimed(at=BEGIN, driver="two"), expected="to be adopted")
    stop = events.StopOrdered(at=BEGIN, attempt=attempt("a"), reason=StopReason.TIMEOUT)
    check("a", *STARTED, stop, expected="is being cancelled: timeout")


@pytest.mark.parametrize(("code", "words"), [(65, "bad data"), (127, "its program cannot be found"), (3, "own")])
def test_exit_codes_have_meanings(code: int, words: str) -> None:
    """Those of the contract, those of shells, and those of the step."""
    assert words in explain.exit_code(code)


def test_signals_have_names() -> None:
    """Numbers that no signal has stay numbers."""
    assert explain.signal_name(9) == "SIGKILL"
    assert explain.signal_name(200) == "signal 200"
