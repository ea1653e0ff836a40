from __future__ import annotations

from datetime import timedelta

from orchestrator.core import events
from orchestrator.core.events import Event, Outcome
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN
from proof.verdict import violations

PAIR = build.pipeline(step("a"), step("b", ["a"]))
DIGEST = "sha256:" + "0" * 64


def intended(name: str, number: int = 1) -> Event:
    return events.Intended(at=BEGIN, attempt=attempt(name, number), digest=DIGEST)


def succeeded(name: str, number: int = 1) -> Event:
    return events.Succeeded(at=BEGIN, ended=BEGIN + timedelta(seconds=1), attempt=attempt(name, number))


FINISHED = events.Finished(at=BEGIN, outcome=Outcome.SUCCEEDED)
FINE = (intended("a"), succeeded("a"), intended("b"), succeeded("b"), FINISHED)
CLAIMS = (str(attempt("a")), str(attempt("b")))


def check(*log: Event, claims: tuple[str, ...] = CLAIMS) -> list[str]:
    return violations([each.event for each in build.log(PAIR, *log)], claims)


def test_fine_run_violates_nothing() -> None:
    """Every step succeeded, claimed by who was meant to."""
    assert check(*FINE) == []


def test_lost_attempt_and_its_successor_violate_nothing() -> None:
    """A second attempt of a step that had not succeeded is what shall be."""
    lost = events.Lost(at=BEGIN, attempt=attempt("a"), message="gone")
    log = (intended("a"), lost, intended("a", 2), succeeded("a", 2), *FINE[2:])
    assert check(*log, claims=(*CLAIMS, str(attempt("a", 2)))) == []


def test_finished_step_that_is_begun_again_is_told() -> None:
    """By the log."""
    told = check(*FINE[:2], intended("a", 2), *FINE[2:])
    assert told == [f"{attempt('a', 2)} was begun after its step had succeeded"]


def test_work_for_a_finished_step_is_told() -> None:
    """By a claim that the log knows nothing of."""
    told = check(*FINE, claims=(*CLAIMS, str(attempt("b", 2))))
    assert told == [
        f"{attempt('b', 2)} worked and the log never meant it to",
        f"{attempt('b', 2)} worked although {attempt('b')} had succeeded",
    ]


def test_success_without_work_is_told() -> None:
    """By a claim that is missing."""
    assert check(*FINE, claims=CLAIMS[:1]) == [f"{attempt('b')} succeeded and nobody worked for it"]


def test_attempt_that_is_begun_twice_is_told() -> None:
    """An attempt has one intent."""
    assert check(FINE[0], *FINE) == [f"{attempt('a')} has 2 events attempt.intended"]


def test_run_without_its_end_is_told() -> None:
    """Every step has to succeed, and the run."""
    assert check(*FINE[:3]) == ["b did not succeed", "the run finished as []"]
    assert violations([], []) == ["the log has no beginning"]
