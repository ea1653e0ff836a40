"""The contract of `ports.Runner`, for every runner."""

from __future__ import annotations

from datetime import timedelta

import pytest

from orchestrator.core.events import FailureKind
from orchestrator.ports import Ended, Gone
from orchestrator.testing.stages import Play, Stage

AT_ONCE = timedelta()


def test_good_attempt_ends_without_failure(stage: Stage) -> None:
    """Start, observe, done."""
    execution = stage.runner.start(stage.launch(Play.GOOD))
    assert execution.attempt == stage.launch(Play.GOOD).attempt
    outcome = stage.end(execution)
    assert isinstance(outcome, Ended)
    assert outcome.failure is None


def test_bad_attempt_tells_its_exit_code(stage: Stage) -> None:
    """The failure says what happened."""
    outcome = stage.end(stage.runner.start(stage.launch(Play.BAD)))
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.code) == (FailureKind.EXIT_CODE, 65)


def test_attempt_is_executed_once(stage: Stage) -> None:
    """Starting it again returns the execution that it has, while it runs and after it has ended."""
    first = stage.runner.start(stage.launch(Play.GOOD))
    assert first == stage.runner.start(stage.launch(Play.GOOD))
    stage.end(first)
    stage.restart()
    again = stage.runner.start(stage.launch(Play.GOOD))
    assert isinstance(stage.end(again), Ended)
    assert stage.executed() == [str(first.attempt)]


def test_attempt_that_was_never_started_is_not_found(stage: Stage) -> None:
    """None means that there certainly is no execution."""
    assert stage.runner.find(stage.launch(Play.GOOD).attempt) is None


def test_running_attempt_is_found_by_whoever_comes(stage: Stage) -> None:
    """A runner that knows nothing finds the same execution, and sees its end."""
    execution = stage.runner.start(stage.launch(Play.ENDLESS))
    stage.restart()
    assert execution == stage.runner.find(execution.attempt)
    assert stage.look(execution, AT_ONCE).outcome is None
    stage.runner.cancel(execution)
    assert isinstance(stage.end(execution), Ended)


def test_ended_attempt_is_found_with_its_outcome(stage: Stage) -> None:
    """What ended while nobody watched is told to whoever comes."""
    before = stage.end(stage.runner.start(stage.launch(Play.BAD)))
    stage.restart()
    execution = stage.runner.find(stage.launch(Play.BAD).attempt)
    assert execution is not None
    assert before == stage.end(execution)


def test_attempts_of_a_step_are_apart(stage: Stage) -> None:
    """The second attempt is another execution."""
    stage.end(stage.runner.start(stage.launch(Play.GOOD)))
    second = stage.runner.start(stage.launch(Play.GOOD, 2))
    assert isinstance(stage.end(second), Ended)
    assert [text.rpartition("/")[2] for text in stage.executed()] == ["1", "2"]


def test_observe_returns_when_one_has_ended(stage: Stage) -> None:
    """The others are reported as they are, in the order asked."""
    endless = stage.runner.start(stage.launch(Play.ENDLESS))
    good = stage.runner.start(stage.launch(Play.GOOD))
    seen = stage.runner.observe([endless, good], patience=timedelta(seconds=30))
    while seen[1].outcome is None:
        seen = stage.runner.observe([endless, good], patience=timedelta(seconds=30))
    assert [endless.attempt, good.attempt] == [each.attempt for each in seen]
    assert seen[0].outcome is None


def test_observe_loses_patience(stage: Stage) -> None:
    """It returns without an end, also when there is nothing to observe."""
    endless = stage.runner.start(stage.launch(Play.ENDLESS))
    assert stage.look(endless, timedelta(milliseconds=20)).outcome is None
    assert stage.runner.observe([], patience=timedelta(milliseconds=1)) == ()


def test_cancelled_attempt_says_so(stage: Stage) -> None:
    """Asking twice is harmless; the end is a failure of its own kind, also for a runner that knows nothing."""
    execution = stage.runner.start(stage.launch(Play.ENDLESS))
    assert stage.look(execution, AT_ONCE).outcome is None
    stage.runner.cancel(execution)
    stage.runner.cancel(execution)
    stage.restart()
    outcome = stage.end(execution)
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.CANCELLED


def test_cancelling_what_has_ended_changes_nothing(stage: Stage) -> None:
    """A success stays one."""
    execution = stage.runner.start(stage.launch(Play.GOOD))
    before = stage.end(execution)
    stage.runner.cancel(execution)
    assert before == stage.end(execution)


@pytest.mark.parametrize("restarted", [False, True])
def test_vanished_attempt_is_gone(stage: Stage, restarted: bool) -> None:  # noqa: FBT001
    """No status and nothing that runs means lost; starting the same attempt again does not run it again."""
    execution = stage.runner.start(stage.launch(Play.ENDLESS))
    assert stage.look(execution, timedelta(milliseconds=50)).outcome is None
    stage.vanish(execution)
    if restarted:
        stage.restart()
    assert isinstance(stage.end(execution), Gone)
    stage.runner.start(stage.launch(Play.ENDLESS))
    assert isinstance(stage.end(execution), Gone)
