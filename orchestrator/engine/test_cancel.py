from __future__ import annotations

import dataclasses
from collections.abc import Sequence
from datetime import timedelta

import pytest

from orchestrator.core import events
from orchestrator.core.errors import Conflict, Redeployed
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.launch import Launch
from orchestrator.core.states import RunState, StepState, fold
from orchestrator.engine import cancel
from orchestrator.engine.engine import World, drive
from orchestrator.ports import Execution, Observation
from orchestrator.testing import build
from orchestrator.testing.build import RUN, step
from orchestrator.testing.fakes import BEGIN, Act, FakeClock, FakeInterrupt, FakeRunner
from orchestrator.testing.memory import MemoryStore
from steps.kit.contract import RunId

PAIR = build.pipeline(step("a"), step("b", ["a"]), step("c"))
LONG = Act(takes=timedelta(minutes=5))


def new_world(store: MemoryStore | None = None, runner: FakeRunner | None = None) -> World:
    """A run of PAIR that is opened; a and c take long."""
    clock = FakeClock()
    store = store or MemoryStore(clock)
    store.append(RUN, 0, [build.log(PAIR)[0].event])
    return World(
        store=store,
        runner=runner or FakeRunner(clock, {"a": [LONG], "c": [LONG]}),
        clock=clock,
        interrupt=FakeInterrupt(),
        driver="one",
    )


def ask(world: World) -> None:
    cancel.request(world.store, RUN, by="ann", why="wrong source", now=world.clock.now())


class AskedWhileItWaits(FakeRunner):
    """Somebody asks for the run's end a second after it began."""

    world: World

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        if self.clock.now() - BEGIN >= timedelta(seconds=1):
            ask(self.world)
        return super().observe(executions, patience=patience)


def test_driver_ends_the_run_within_a_heartbeat() -> None:
    """What runs is cancelled, the rest is skipped, nothing is tried again, and the log says who wanted it."""
    clock = FakeClock()
    runner = AskedWhileItWaits(clock, {"a": [LONG], "c": [LONG]})
    world = dataclasses.replace(new_world(MemoryStore(clock), runner), clock=clock)
    runner.world = world
    view = drive(world, RUN)
    assert (view.outcome, view.cancelled_by) == (Outcome.CANCELLED, "ann")
    states = {name: each.state for name, each in view.steps.items()}
    assert states == {"a": StepState.FAILED, "b": StepState.SKIPPED, "c": StepState.FAILED}
    assert sorted(each.step for each in runner.cancelled) == ["a", "c"]
    assert clock.now() - BEGIN < timedelta(seconds=10)
    assert fold(world.store.read(RUN)) == view


def test_request_before_the_run_is_driven_starts_nothing() -> None:
    """The next trigger brings it to its end."""
    world = new_world()
    ask(world)
    view = drive(world, RUN)
    assert view.outcome is Outcome.CANCELLED
    assert isinstance(world.runner, FakeRunner)
    assert world.runner.started == []


def test_request_between_decision_and_intent_starts_nothing() -> None:
    """The intents go on record behind the request, and are withdrawn."""
    clock = FakeClock()

    class Overtaken(MemoryStore):
        def append(self, run: RunId, expected: int, events_: Sequence[Event]) -> tuple[Recorded, ...]:
            if any(isinstance(event, events.Intended) for event in events_):
                cancel.request(MemoryStore(clock, self.logs), run, by="ann", why="", now=BEGIN)
            return MemoryStore.append(self, run, expected, events_)

    world = dataclasses.replace(new_world(Overtaken(clock)), clock=clock)
    view = drive(world, RUN)
    assert view.outcome is Outcome.CANCELLED
    assert isinstance(world.runner, FakeRunner)
    assert world.runner.started == []
    kinds = [recorded.event.kind for recorded in world.store.read(RUN)]
    assert kinds.index("run.cancel_requested") < kinds.index("attempt.intended") < kinds.index("attempt.withdrawn")


def test_request_is_put_on_record_once() -> None:
    """Whoever asks again, or too late, or for nothing, changes nothing."""
    world = new_world()
    ask(world)
    ask(world)
    assert [recorded.event.kind for recorded in world.store.read(RUN)].count("run.cancel_requested") == 1
    drive(world, RUN)
    length = len(world.store.read(RUN))
    ask(world)
    assert length == len(world.store.read(RUN))
    other = dataclasses.replace(RUN, generation=9)
    assert cancel.request(world.store, other, by="ann", why="", now=BEGIN) is None


def test_another_driver_is_no_request() -> None:
    """What somebody else wrote as a driver ends this one's driving, before and while it waits."""
    world = new_world()

    class Rival(FakeRunner):
        def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
            if not any(
                isinstance(each.event, events.Claimed) and each.event.driver == "two" for each in world.store.read(RUN)
            ):
                world.store.append(RUN, len(world.store.read(RUN)), [events.Claimed(at=BEGIN, driver="two")])
            return super().observe(executions, patience=patience)

    assert isinstance(world.clock, FakeClock)
    with pytest.raises(Conflict, match="another orchestrator's"):
        drive(dataclasses.replace(world, runner=Rival(world.clock, {"a": [LONG]})), RUN)


def test_barred_steps_are_not_started_and_the_run_is_left() -> None:
    """What can go on goes on; then the run is left, naming the steps that keep it."""
    runner = FakeRunner(FakeClock())
    world = dataclasses.replace(new_world(runner=runner), clock=runner.clock)
    view = drive(world, RUN, barred=frozenset({"b"}))
    assert (view.state, view.changed) == (RunState.OPEN, ("b",))
    assert [each.step for each in runner.started] == ["a", "c"]
    assert drive(world, RUN).outcome is Outcome.SUCCEEDED


def test_what_is_deployed_in_mid_run_is_not_started() -> None:
    """The platform says so when it is asked to start; the attempt is withdrawn and the run left for a person."""
    clock = FakeClock()

    class Deployed(FakeRunner):
        def start(self, launch: Launch) -> Execution:
            if launch.attempt.step == "b":
                raise Redeployed("job toy-b has another image")
            return super().start(launch)

    world = dataclasses.replace(new_world(MemoryStore(clock), Deployed(clock)), clock=clock)
    view = drive(world, RUN)
    assert (view.state, view.changed) == (RunState.OPEN, ("b",))
    assert view.steps["b"].tries == 0
    again = dataclasses.replace(world, runner=FakeRunner(clock))
    assert drive(again, RUN).outcome is Outcome.SUCCEEDED


def test_intent_under_another_release_is_withdrawn() -> None:
    """What was intended before a change of release starts from the new one's image, under a number of its own."""
    world = new_world()
    newer = dataclasses.replace(build.release(PAIR), revision="1" * 40)
    newer = dataclasses.replace(
        newer,
        images={name: dataclasses.replace(each, digest="sha256:" + "1" * 64) for name, each in newer.images.items()},
    )
    more: list[Event] = [
        events.Claimed(at=BEGIN, driver="dead"),
        events.Intended(at=BEGIN, attempt=build.attempt("a"), digest="sha256:" + "0" * 64),
        events.ReleaseChanged(at=BEGIN, release=newer, by="ann"),
    ]
    world.store.append(RUN, 1, more)
    view = drive(world, RUN)
    assert view.outcome is Outcome.SUCCEEDED
    assert (view.steps["a"].number, view.steps["a"].digest) == (2, "sha256:" + "1" * 64)
