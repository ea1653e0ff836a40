from __future__ import annotations

import dataclasses
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.core import events
from orchestrator.core.errors import Conflict, Unavailable
from orchestrator.core.events import Event, FailureKind, Outcome, Recorded, StopReason
from orchestrator.core.model import Pipeline, When
from orchestrator.core.states import RunState, RunView, StepState, fold
from orchestrator.engine.engine import World, drive
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN, Act, FakeClock, FakeInterrupt, FakeRunner, exits
from orchestrator.testing.memory import MemoryStore
from steps.kit.contract import AttemptId

DIAMOND = build.pipeline(step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"]))
ONE = build.pipeline(step("a"))


def world_of(pipeline: Pipeline, script: Mapping[str, Sequence[Act]] | None = None) -> World:
    """A world in which the run of this pipeline has been opened."""
    clock = FakeClock()
    store = MemoryStore(clock)
    store.append(RUN, 0, [build.log(pipeline)[0].event])
    runner = FakeRunner(clock, script or {})
    return World(store=store, runner=runner, clock=clock, interrupt=FakeInterrupt(), driver="one")


def started(world: World) -> list[str]:
    """The attempts that were executed, as step/number."""
    assert isinstance(world.runner, FakeRunner)
    return [f"{each.step}/{each.number}" for each in world.runner.started]


def happened(world: World, *kinds: type[Event]) -> list[Event]:
    """The events of these kinds."""
    return [recorded.event for recorded in world.store.read(RUN) if isinstance(recorded.event, kinds)]


def test_diamond_runs_in_order_and_side_by_side() -> None:
    """Each step once, the independent ones at the same time."""
    world = world_of(DIAMOND)
    view = drive(world, RUN)
    assert view.outcome is Outcome.SUCCEEDED
    assert started(world) == ["a/1", "b/1", "c/1", "d/1"]
    assert BEGIN + timedelta(seconds=3) == world.clock.now()


def test_the_state_is_the_fold_of_the_log() -> None:
    """What the driver believes is what whoever reads the log will."""
    world = world_of(DIAMOND, {"b": [exits(1)]})
    assert drive(world, RUN) == fold(world.store.read(RUN))


def test_intent_is_committed_before_the_effect() -> None:
    """When the runner is asked to start, the store has the intent."""
    world = world_of(DIAMOND)
    runner = world.runner

    class Watching(FakeRunner):
        def start(self, launch: Any) -> Any:
            intended = [event.attempt for event in happened(world, events.Intended) if hasattr(event, "attempt")]
            assert launch.attempt in intended
            return runner.start(launch)

    assert isinstance(world.clock, FakeClock)
    watching = dataclasses.replace(world, runner=Watching(world.clock))
    watching.runner.observe = runner.observe  # type: ignore[method-assign]
    assert drive(watching, RUN).outcome is Outcome.SUCCEEDED


def test_failure_is_retried_after_its_backoff() -> None:
    """The next attempt begins when it is due, and not before."""
    world = world_of(ONE, {"a": [exits(75)]})
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    (scheduled,) = happened(world, events.RetryScheduled)
    second = happened(world, events.Intended)[1]
    assert isinstance(scheduled, events.RetryScheduled)
    assert scheduled.due <= second.at < scheduled.due + timedelta(seconds=1)


def test_failed_step_fails_the_run_and_skips_what_depends_on_it() -> None:
    """What does not depend on it is done."""
    world = world_of(DIAMOND, {"b": [exits(65)]})
    view = drive(world, RUN)
    assert view.outcome is Outcome.FAILED
    states = {name: each.state for name, each in view.steps.items()}
    assert (states["b"], states["c"], states["d"]) == (StepState.FAILED, StepState.SUCCEEDED, StepState.SKIPPED)


def test_all_done_runs_after_a_failure() -> None:
    """The run has failed nevertheless."""
    pipeline = build.pipeline(step("a", retry=build.attempts(1)), step("b", ["a"], when=When.ALL_DONE))
    world = world_of(pipeline, {"a": [exits(1)]})
    assert drive(world, RUN).outcome is Outcome.FAILED
    assert started(world) == ["a/1", "b/1"]


def test_refused_start_is_a_failed_attempt() -> None:
    """It is tried again like any other."""
    world = world_of(ONE, {"a": [Act(refuses=True)]})
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    (failed,) = happened(world, events.Failed)
    assert isinstance(failed, events.Failed)
    assert failed.failure.kind is FailureKind.NOT_STARTED
    assert started(world) == ["a/2"]


def test_lost_attempt_is_tried_again() -> None:
    """No status and no process counts as failed."""
    world = world_of(ONE, {"a": [Act(gone=True)]})
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    assert len(happened(world, events.Lost)) == 1
    assert started(world) == ["a/1", "a/2"]


def test_attempt_that_does_not_end_is_cancelled() -> None:
    """After its timeout and a margin; its end counts as a timeout and is worth another attempt."""
    pipeline = build.pipeline(step("a", timeout=timedelta(minutes=1)))
    world = world_of(pipeline, {"a": [Act(takes=None)]})
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    (failed,) = happened(world, events.Failed)
    assert isinstance(failed, events.Failed)
    assert failed.failure.kind is FailureKind.TIMEOUT
    assert BEGIN + timedelta(minutes=2) == failed.at


def test_deadline_ends_the_run() -> None:
    """What runs is cancelled, what waits is skipped, and the run has failed."""
    pipeline = build.pipeline(step("a", timeout=timedelta(hours=9)), step("b", ["a"]), deadline=timedelta(minutes=5))
    world = world_of(pipeline, {"a": [Act(takes=None)]})
    view = drive(world, RUN)
    assert view.outcome is Outcome.FAILED
    assert (view.steps["a"].state, view.steps["b"].state) == (StepState.FAILED, StepState.SKIPPED)
    assert BEGIN + timedelta(minutes=5) == view.finished


def test_stop_request_leaves_executions_running() -> None:
    """Nothing more is started, the lease is given back, and the next driver adopts."""
    world = world_of(DIAMOND, {"a": [Act(takes=timedelta(seconds=90))]})
    assert isinstance(world.interrupt, FakeInterrupt)
    stopping = _StopAfter(world.interrupt, count=2)
    view = drive(dataclasses.replace(world, subscribers=[stopping]), RUN)
    assert (view.state, view.stopped) == (RunState.OPEN, "SIGTERM")
    assert world.store.holder(RUN) is None
    world.interrupt.reason = ""
    assert drive(dataclasses.replace(world, driver="two"), RUN).outcome is Outcome.SUCCEEDED
    assert started(world) == ["a/1", "b/1", "c/1", "d/1"]
    assert len(happened(world, events.Adopted)) == 1


def test_finished_run_is_left_alone() -> None:
    """Driving it again writes nothing."""
    world = world_of(ONE)
    before = drive(world, RUN)
    assert before == drive(world, RUN)
    assert started(world) == ["a/1"]


def test_cancel_that_was_ordered_is_repeated_by_the_next_driver() -> None:
    """A crash between the order and the cancel does not leave the attempt running for ever."""
    world = world_of(build.pipeline(step("a", timeout=timedelta(minutes=1))), {"a": [Act(takes=None)]})
    runner = world.runner
    assert isinstance(runner, FakeRunner)
    id_ = attempt("a")
    opened = build.log(ONE)[0].event
    assert isinstance(opened, events.Opened)
    log = (
        events.Claimed(at=BEGIN, driver="dead"),
        events.Intended(at=BEGIN, attempt=id_, digest=""),
        events.Started(at=BEGIN, attempt=id_, execution="play a 1", log=""),
        events.StopOrdered(at=BEGIN, attempt=id_, reason=StopReason.TIMEOUT),
    )
    from orchestrator.core.launch import launch  # noqa: PLC0415

    runner.start(launch(fold(world.store.read(RUN)), id_))
    world.store.append(RUN, 1, log)
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    assert [id_] == runner.cancelled


def test_execution_that_cannot_be_found_is_lost() -> None:
    """The log says that it started, the platform knows nothing of it."""
    world = world_of(ONE)
    log = (
        events.Claimed(at=BEGIN, driver="dead"),
        events.Intended(at=BEGIN, attempt=attempt("a"), digest=""),
        events.Started(at=BEGIN, attempt=attempt("a"), execution="play a 1", log=""),
    )
    world.store.append(RUN, 1, log)
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    assert started(world) == ["a/2"]


def test_subscriber_that_fails_stops_nothing(caplog: pytest.LogCaptureFixture) -> None:
    """It is logged, the others are told, and the run goes on."""

    class Failing(_Silent):
        def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:  # noqa: ARG002
            raise RuntimeError("no network")

        def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:  # noqa: ARG002
            raise RuntimeError("no network")

    other = _Counting()
    world = dataclasses.replace(world_of(ONE), subscribers=[Failing(), other])
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED
    assert len(world.store.read(RUN)) - 1 == other.count
    assert "Failing failed on events" in caplog.text
    assert "Failing failed on a tick" in caplog.text


def test_driver_that_lost_its_lease_stops() -> None:
    """A frozen driver notices at its next heartbeat and writes nothing."""
    world = world_of(ONE, {"a": [Act(takes=timedelta(minutes=5))]})
    store, clock = world.store, world.clock
    store.claim(RUN, "one", ttl=timedelta(seconds=15))

    def usurp() -> None:
        clock.sleep(timedelta(seconds=20))
        store.claim(RUN, "two", ttl=timedelta(hours=1))

    with pytest.raises(Conflict, match="two took the run over"):
        drive(dataclasses.replace(world, subscribers=[_OnEvent(events.Started, usurp)]), RUN)
    assert len(store.read(RUN)) == 4


def test_driver_that_was_held_up_before_it_began_writes_nothing() -> None:
    """The lease that its caller took may have gone to somebody else meanwhile."""
    world = world_of(ONE)
    world.store.claim(RUN, "two", ttl=timedelta(hours=1))
    with pytest.raises(Conflict, match="two took the run over"):
        drive(world, RUN)
    assert len(world.store.read(RUN)) == 1
    assert started(world) == []


def test_other_writer_stops_the_driver() -> None:
    """The sequence alone keeps two writers from harm, whatever the lease says."""
    world = world_of(ONE)

    def write() -> None:
        world.store.append(RUN, len(world.store.read(RUN)), [events.Claimed(at=BEGIN, driver="two")])

    with pytest.raises(Conflict, match="another orchestrator's"):
        drive(dataclasses.replace(world, subscribers=[_OnEvent(events.Started, write)]), RUN)
    assert happened(world, events.Succeeded) == []


@settings(max_examples=60, deadline=None)
@given(
    st.integers(1, 24),
    st.booleans(),
    st.dictionaries(st.sampled_from("abcd"), st.lists(st.sampled_from([exits(75), Act(gone=True), Act()]), max_size=2)),
)
def test_crash_at_any_append_repeats_no_finished_step(number: int, before: bool, script: dict[str, list[Act]]) -> None:  # noqa: FBT001
    """Whenever the orchestrator dies, the next one ends the run, and no step runs again after it succeeded."""
    reference = drive(world_of(DIAMOND, script), RUN)
    world = world_of(DIAMOND, script)
    crashing = _CrashingStore(world.store, at=number, before=before)
    try:
        drive(dataclasses.replace(world, store=crashing), RUN)
    except _Crash:
        world.clock.sleep(timedelta(seconds=20))
        drive(dataclasses.replace(world, driver="two"), RUN)
    view = fold(world.store.read(RUN))
    assert reference.outcome is view.outcome
    assert {name: each.number for name, each in reference.steps.items()} == {
        name: each.number for name, each in view.steps.items()
    }
    assert len(started(world)) == len(set(started(world)))


def test_unusable_store_leaves_the_run_resumable() -> None:
    """The error goes up, executions run on, and a later driver continues."""
    world = world_of(DIAMOND)
    with pytest.raises(Unavailable):
        drive(dataclasses.replace(world, store=_FailingStore(world.store, at=3)), RUN)
    assert drive(dataclasses.replace(world, driver="two"), RUN).outcome is Outcome.SUCCEEDED
    assert started(world) == ["a/1", "b/1", "c/1", "d/1"]


class _Crash(BaseException):
    """The process is gone."""


class _CrashingStore:
    """A store whose n-th append is the process's last act, done or not."""

    def __init__(self, store: Any, *, at: int, before: bool = True) -> None:
        self._store = store
        self._left = at
        self._before = before

    def __getattr__(self, name: str) -> Any:
        return getattr(self._store, name)

    def append(self, run: Any, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        self._left -= 1
        if self._left == 0 and self._before:
            self.die()
        recorded: tuple[Recorded, ...] = self._store.append(run, expected, events)
        if self._left == 0:
            self.die()
        return recorded

    def die(self) -> None:
        raise _Crash


class _FailingStore(_CrashingStore):
    """A store that cannot be used from the n-th append on."""

    def die(self) -> None:
        raise Unavailable("the disk is full")


class _Silent:
    """A subscriber that does nothing."""

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        pass

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        pass


class _Counting(_Silent):
    """Counts events."""

    count = 0

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:  # noqa: ARG002
        self.count += len(recorded)


class _OnEvent(_Silent):
    """Does something once, when an event of a kind is committed."""

    def __init__(self, kind: type[Event], do: Callable[[], None]) -> None:
        self._kind = kind
        self._do: Callable[[], None] | None = do

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:  # noqa: ARG002
        do = self._do
        if do is not None and any(isinstance(each.event, self._kind) for each in recorded):
            self._do = None
            do()


class _StopAfter(_Silent):
    """Requests a stop at the n-th tick."""

    def __init__(self, interrupt: FakeInterrupt, *, count: int) -> None:
        self._interrupt = interrupt
        self._left = count

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:  # noqa: ARG002
        self._left -= 1
        if self._left == 0:
            self._interrupt.reason = "SIGTERM"
