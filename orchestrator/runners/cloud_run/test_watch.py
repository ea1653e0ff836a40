from __future__ import annotations

import logging
import time
from collections.abc import Callable, Iterator
from datetime import timedelta

import pytest

from orchestrator.core.errors import Unavailable
from orchestrator.core.events import FailureKind
from orchestrator.ports import Ended, Execution, Gone, Observation
from orchestrator.runners.cloud_run import limits
from orchestrator.runners.cloud_run.line import Line
from orchestrator.runners.cloud_run.settings import Settings
from orchestrator.runners.cloud_run.silence import Silence
from orchestrator.runners.cloud_run.watch import Watcher
from orchestrator.testing import build
from orchestrator.testing.fakes import FakeClock, FakeInterrupt
from orchestrator.testing.platform import FakePlatform, Trouble
from steps.kit.contract import AttemptId

LONG = timedelta(seconds=30)

type Make = Callable[..., Watcher]


@pytest.fixture
def watcher() -> Iterator[Make]:
    """Makes watchers of a platform."""
    lines: list[Line] = []

    def make(platform: FakePlatform, *, outage: float = 600.0, **settings: object) -> Watcher:
        interrupt = FakeInterrupt()
        lines.append(Line(lambda: platform, interrupt))
        return Watcher(
            line=lines[-1],
            settings=Settings(**settings),  # type: ignore[arg-type]  # Each fits its field.
            clock=FakeClock(),
            interrupt=interrupt,
            silence=Silence(outage=outage, refused=outage),
        )

    yield make
    for line in lines:
        line.close()


def started(platform: FakePlatform, number: int = 1) -> Execution:
    """An execution of an attempt."""
    attempt = build.attempt("good", number)
    seen = platform.run("toy-good", environment={"NIGHTJAR_ATTEMPT": str(attempt)}, tasks=1, timeout=LONG)
    assert seen is not None
    return Execution(attempt=attempt, name=seen.name, log=seen.log)


def end(watching: Watcher, execution: Execution) -> Ended | Gone:
    """Watch until it has ended."""
    while (outcome := watching.observe([execution], patience=LONG)[0].outcome) is None:
        pass
    return outcome


def failure(outcome: Ended | Gone) -> tuple[FailureKind, int | None]:
    """What an outcome says."""
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    return outcome.failure.kind, outcome.failure.code


def test_end_is_told_with_its_code(watcher: Make) -> None:
    """From the task."""
    platform = FakePlatform()
    execution = started(platform)
    platform.end(execution.name, 65)
    assert failure(end(watcher(platform), execution)) == (FailureKind.EXIT_CODE, 65)


def test_looks_that_fail_are_made_again(watcher: Make, caplog: pytest.LogCaptureFixture) -> None:
    """Whichever of its calls failed, and with a word to people."""
    methods = ("get", "get", "history", "tasks")
    troubles = [Trouble(method=each, code="UNAVAILABLE") for each in methods]
    platform = FakePlatform(troubles=[*troubles, Trouble(method="get", code="PERMISSION_DENIED")])
    execution = started(platform)
    platform.end(execution.name, 3)
    with caplog.at_level(logging.WARNING):
        assert failure(end(watcher(platform), execution)) == (FailureKind.EXIT_CODE, 3)
    assert "Cloud Run does not tell how executions are (UNAVAILABLE" in caplog.text
    assert not platform.troubles


def test_silence_ends_the_driver(watcher: Make) -> None:
    """The executions run on; the next driver adopts them."""
    platform = FakePlatform(troubles=[Trouble(method="get", code="UNAVAILABLE") for _ in range(9)])
    execution = started(platform)
    with pytest.raises(Unavailable, match="They run on"):
        end(watcher(platform, outage=0.1), execution)


def test_execution_that_is_not_visible_yet_is_not_gone(watcher: Make) -> None:
    """It is, when it should have been visible long ago."""
    platform = FakePlatform()
    execution = started(platform)
    platform.hidden = 3
    platform.end(execution.name)
    assert isinstance(end(watcher(platform), execution), Ended)
    platform.hidden = 99
    assert isinstance(end(watcher(platform, visible=0.0), execution), Gone)


def test_look_counts_from_when_it_was_asked_for(watcher: Make) -> None:
    """What was not visible then is not gone because the answer is heard late: the engine may have been busy."""
    platform = FakePlatform()
    execution = started(platform)
    platform.hidden = 2
    watching = watcher(platform, visible=0.2)
    began = time.monotonic()
    watching.observe([execution], patience=timedelta(0))
    while platform.hidden or time.monotonic() < began + 0.3:
        time.sleep(0.01)
    assert watching.observe([execution], patience=timedelta(0))[0].outcome is None
    platform.end(execution.name)
    assert isinstance(end(watching, execution), Ended)


def test_deleted_execution_is_gone(watcher: Make) -> None:
    """At once, if it was ever seen."""
    platform = FakePlatform()
    execution = started(platform)
    watching = watcher(platform)
    while "get" not in platform.calls:
        watching.observe([execution], patience=timedelta(milliseconds=10))
    watching.observe([execution], patience=timedelta(milliseconds=100))
    platform.delete(execution.name)
    assert isinstance(end(watching, execution), Gone)


def test_attempt_ends_when_both_of_its_executions_have(watcher: Make) -> None:
    """The one that did not get the claim exits 0 at once, and must not speak for the other."""
    platform = FakePlatform(doubles=True)
    execution = started(platform)
    watching = watcher(platform)
    platform.end("toy-good-00000")
    assert watching.observe([execution], patience=timedelta(seconds=0.7))[0].outcome is None
    platform.end("toy-good-00001", 65)
    assert failure(end(watching, execution)) == (FailureKind.EXIT_CODE, 65)


def test_deleted_duplicate_says_nothing(watcher: Make) -> None:
    """Whichever of the two it was."""
    platform = FakePlatform(doubles=True)
    execution = started(platform)
    platform.delete("toy-good-00000")
    platform.end("toy-good-00001", 65)
    assert failure(end(watcher(platform), execution)) == (FailureKind.EXIT_CODE, 65)


def many(platform: FakePlatform) -> list[Execution]:
    """More executions than are asked one by one."""
    return [started(platform, number) for number in range(1, limits.FEW + 6)]


def test_many_are_seen_by_one_listing(watcher: Make, monkeypatch: pytest.MonkeyPatch) -> None:
    """Only those that run no more are asked."""
    monkeypatch.setattr(limits, "_LISTING", 0.0)
    platform = FakePlatform()
    executions = many(platform)
    watching = watcher(platform, poll_by_listing=True)
    platform.end(executions[7].name, 65)
    seen: tuple[Observation, ...] = ()
    while not any(each.outcome for each in seen):
        seen = watching.observe(executions, patience=LONG)
    assert [each.attempt for each in seen] == [each.attempt for each in executions]
    (ended,) = [each for each in seen if each.outcome]
    assert ended.attempt == executions[7].attempt
    assert platform.calls.count("get") == 1


def test_many_are_asked_one_by_one_without_the_permission(watcher: Make) -> None:
    """Slower, but with rights on the jobs alone."""
    platform = FakePlatform()
    executions = many(platform)
    platform.end(executions[-1].name)
    watching = watcher(platform)
    while not any(each.outcome for each in watching.observe(executions, patience=LONG)):
        pass
    assert "among" not in platform.calls


def test_too_many_requests_slow_all_looks_down(watcher: Make) -> None:
    """Nobody is asked while the brake is on."""
    platform = FakePlatform(troubles=[Trouble(method="get", code="RESOURCE_EXHAUSTED")])
    execution = started(platform)
    watching = watcher(platform)
    while not watching.line.braked():
        watching.observe([execution], patience=timedelta(milliseconds=50))
    watching.observe([execution], patience=timedelta(milliseconds=50))
    assert platform.calls.count("get") == 1
    platform.end(execution.name)
    assert isinstance(end(watching, execution), Ended)


def test_what_ended_together_is_told_together_or_soon(watcher: Make) -> None:
    """Each once, however the answers come."""
    platform = FakePlatform()
    executions = [started(platform, number) for number in (1, 2, 3)]
    for each in executions:
        platform.end(each.name)
    watching = watcher(platform)
    told: set[AttemptId] = set()
    while len(told) < len(executions):
        left = [each for each in executions if each.attempt not in told]
        told |= {each.attempt for each in watching.observe(left, patience=LONG) if each.outcome}
    assert len(told) == 3
