from __future__ import annotations

import dataclasses
from collections.abc import Callable, Sequence
from datetime import timedelta
from random import Random

import pytest

from orchestrator.core import events
from orchestrator.core.events import Event, Failure, FailureKind, Outcome, Recorded
from orchestrator.core.launch import launch
from orchestrator.core.states import fold
from orchestrator.ports import Lease
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN
from tests.simulation.cases import Case
from tests.simulation.checker import Checker
from tests.simulation.cloud import Cloud
from tests.simulation.turns import Crew, Turns

PAIR = build.pipeline(step("a", retry=build.attempts(1)), step("b", ["a"]))
RELEASE = Case(seed=1, scenario="", pipeline=PAIR).releases()[0]
DIGEST = RELEASE.images["a"].digest
LONG = timedelta(seconds=9)


class Scene:
    """A run that "one" drives, its checker, and a platform on which each attempt takes a second."""

    def __init__(self, crew: Crew) -> None:
        self.turns = Turns(crew)
        self.checker = Checker(self.turns)
        self.cloud = Cloud(self.turns, self.checker, Random(1))  # noqa: S311
        self.log = list[Recorded]()
        self.hold("one")
        self.write("one", *(each.event for each in build.log(PAIR, under=RELEASE)))

    def hold(self, who: str) -> None:
        """Let it be told that it holds the lease."""
        lease = Lease(driver=who, beats=1)
        self.checker.claimed(who, RUN, lease)
        self.checker.lease_seen(who, RUN, lease, self.turns.now)

    def write(self, who: str, *more: Event) -> None:
        """Append events behind the last one."""
        recorded = [Recorded(run=RUN, seq=len(self.log) + n, event=event) for n, event in enumerate(more, 1)]
        self.log += recorded
        self.checker.appended(who, recorded)

    def create(self, name: str, number: int = 1, *, who: str = "one") -> None:
        """Start an attempt."""
        view = fold(build.log(PAIR, under=RELEASE))
        self.cloud.create(launch(view, attempt(name, number)), by=who)

    def work(self, name: str, number: int = 1) -> None:
        """Intend, start and end an attempt well."""
        self.write("one", intended(name, number))
        self.create(name, number)
        self.turns.pause(LONG)
        self.write("one", started(name, number), succeeded(name, number))


def intended(name: str, number: int = 1, digest: str = DIGEST) -> Event:
    return events.Intended(at=BEGIN, attempt=attempt(name, number), digest=digest)


def started(name: str, number: int = 1) -> Event:
    return events.Started(at=BEGIN, attempt=attempt(name, number), execution="x", log="y")


def succeeded(name: str, number: int = 1) -> Event:
    return events.Succeeded(at=BEGIN, attempt=attempt(name, number), ended=BEGIN)


def failed(name: str, number: int = 1) -> Event:
    failure = Failure(kind=FailureKind.EXIT_CODE, message="exited with 1", code=1)
    return events.Failed(at=BEGIN, attempt=attempt(name, number), ended=BEGIN, failure=failure)


def retry(name: str, number: int) -> Event:
    return events.RetryScheduled(at=BEGIN, step=name, number=number, due=BEGIN)


CANCEL = events.CancelRequested(at=BEGIN, by="ann", why="so")
FINISHED = events.Finished(at=BEGIN, outcome=Outcome.SUCCEEDED)


def test_whole_run_passes(crew: Crew) -> None:
    """A checker that objects to what is right would be no better than one that objects to nothing."""
    scene = Scene(crew)
    scene.work("a")
    scene.work("b")
    scene.write("one", FINISHED)
    scene.checker.finish({RUN: scene.log})
    assert scene.checker.problem == ""
    assert scene.checker.at_rest


def unintended(scene: Scene) -> None:
    scene.create("a")


def too_early(scene: Scene) -> None:
    scene.write("one", intended("b"))


def too_often(scene: Scene) -> None:
    scene.write("one", intended("a"), started("a"), failed("a"), retry("a", 2), intended("a", 2))


def other_image(scene: Scene) -> None:
    scene.write("one", intended("a", digest="sha256:" + "1" * 64))


def after_cancel(scene: Scene) -> None:
    scene.write("person", CANCEL)
    scene.write("one", intended("a"))
    scene.create("a")


def somebody_else(scene: Scene) -> None:
    scene.write("two", intended("a"))


def without_lease(scene: Scene) -> None:
    scene.write("two", events.Claimed(at=BEGIN, driver="two"))


def unfinished(scene: Scene) -> None:
    scene.work("a")
    scene.write("one", FINISHED)


def after_finish(scene: Scene) -> None:
    scene.work("a")
    scene.work("b")
    scene.write("one", FINISHED)
    scene.write("person", CANCEL)


def ended_too_soon(scene: Scene) -> None:
    scene.write("one", intended("a"))
    scene.create("a")
    scene.write("one", started("a"), failed("a"))


def published_nothing(scene: Scene) -> None:
    scene.write("one", intended("a"), started("a"), succeeded("a"))


def works_again(scene: Scene) -> None:
    scene.write("one", intended("a"))
    scene.create("a")
    scene.cloud.claims.clear()
    scene.turns.pause(timedelta(seconds=0.5))
    scene.cloud.claims.clear()
    scene.create("a")
    scene.turns.pause(timedelta(seconds=0.5))


def works_when_done(scene: Scene) -> None:
    scene.write("one", intended("a"))
    scene.create("a")
    scene.turns.pause(LONG)
    scene.cloud.manifests.clear()
    scene.cloud.claims.clear()
    scene.write("one", started("a"), failed("a"), retry("a", 2))
    scene.checker.ledgers[RUN].steps["a"].spent = 0
    scene.write("one", intended("a", 2))
    scene.create("a", 2)
    scene.turns.pause(LONG)


def gap(scene: Scene) -> None:
    scene.checker.appended("one", [Recorded(run=RUN, seq=9, event=intended("a"))])


@pytest.mark.parametrize(
    ("deed", "problem"),
    [
        (unintended, "its intent is not in the log"),
        (too_early, "was intended before a had ended as it wants"),
        (too_often, "a has 2 attempts of 1"),
        (other_image, "from another image than the run's"),
        (after_cancel, "its intent came after the run had been cancelled"),
        (somebody_else, "two wrote attempt.intended while one drives the run"),
        (without_lease, "two drives the run, and nobody holds its lease"),
        (unfinished, "the run finished while a step was idle"),
        (after_finish, "was written after the run had finished"),
        (ended_too_soon, "is at its end in the log, and a-1-a goes on"),
        (published_nothing, "task 0 published nothing"),
        (works_again, "it works a second time"),
        (works_when_done, "it works although the step is done"),
        (gap, "event 9 was written after event 2"),
    ],
    ids=lambda value: getattr(value, "__name__", ""),
)
def test_what_must_not_be_is_seen(crew: Crew, deed: Callable[[Scene], None], problem: str) -> None:
    """Each by its own words, and the case ends there."""
    scene = Scene(crew)
    deed(scene)
    assert problem in scene.checker.problem
    assert scene.turns.halted


@pytest.mark.parametrize(
    ("told", "problem"),
    [
        (["one"], "without having looked at its lease for 0:00:09"),
        (["one", "two"], "although it was told that two holds the lease"),
    ],
)
def test_start_without_the_lease_is_seen(crew: Crew, told: Sequence[str], problem: str) -> None:
    """By what the process was told, not by what is true."""
    scene = Scene(crew)
    for holder in told:
        scene.checker.lease_seen("one", RUN, Lease(driver=holder, beats=1), scene.turns.now)
    view = fold(build.log(PAIR, under=RELEASE))
    scene.checker.starting("one", launch(view, attempt("a")), scene.turns.now + LONG)
    assert problem in scene.checker.problem


def test_run_left_to_somebody_who_gave_no_sign_is_seen(crew: Crew) -> None:
    """A heartbeat before the asking is none."""
    scene = Scene(crew)
    scene.turns.pause(LONG)
    since = scene.turns.now
    scene.hold("three")
    scene.checker.seen_alive("two", RUN, "three", since)
    assert scene.checker.problem == ""
    scene.checker.seen_alive("two", RUN, "one", since)
    assert "gave no sign of life meanwhile" in scene.checker.problem


def test_run_that_does_not_end_is_seen(crew: Crew) -> None:
    """After the last trigger."""
    scene = Scene(crew)
    scene.checker.finish({RUN: scene.log})
    assert "cannot be brought to its end" in scene.checker.problem


def test_log_that_folds_to_something_else_is_seen(crew: Crew) -> None:
    """The whole log says what its events said one by one."""
    scene = Scene(crew)
    other = dataclasses.replace(scene.log[0].event, at=BEGIN + LONG)
    scene.checker.finish({RUN: [dataclasses.replace(scene.log[0], event=other), scene.log[1]]})
    assert "is not what it was event by event" in scene.checker.problem
