from __future__ import annotations

import dataclasses
import itertools
from collections.abc import Sequence
from datetime import date, datetime, timedelta

import pytest

from orchestrator.core import events
from orchestrator.core.errors import ConfigurationError, Conflict
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.model import Release
from orchestrator.core.states import RunState, StepState
from orchestrator.engine import lease
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import AlreadyFinished, Driven, DrivenBySomebodyElse, Order, Wish, foresee, trigger
from orchestrator.ports import Lease
from orchestrator.testing import build
from orchestrator.testing.build import DAY, RUN, step
from orchestrator.testing.fakes import BEGIN, FakeClock, FakeInterrupt, FakeRunner, exits
from orchestrator.testing.memory import MemoryStore
from steps.kit.contract import RunId

PAIR = build.pipeline(step("a", retry=build.attempts(1)), step("b", ["a"]))
RELEASE = build.release(PAIR)
ORDER = Order(release=RELEASE, logical_date=DAY, storage="memory:")


def new_world(*, fails: int = 0) -> World:
    """An empty store; the first step fails so many times."""
    clock = FakeClock()
    runner = FakeRunner(clock, {"a": [exits(1)] * fails})
    return World(store=MemoryStore(clock), runner=runner, clock=clock, interrupt=FakeInterrupt(), driver="one")


def events_of(world: World) -> list[Event]:
    return [recorded.event for recorded in world.store.read(RUN)]


def test_first_trigger_opens_and_drives() -> None:
    """The run keeps the release and the storage of that moment."""
    world = new_world()
    answer = trigger(world, ORDER)
    assert isinstance(answer, Driven)
    assert answer.view.outcome is Outcome.SUCCEEDED
    assert events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="memory:") == events_of(world)[0]
    assert world.store.holder(RUN) is None


def test_second_trigger_finds_the_day_done() -> None:
    """Nothing is written."""
    world = new_world()
    trigger(world, ORDER)
    length = len(events_of(world))
    assert isinstance(trigger(world, ORDER), AlreadyFinished)
    assert length == len(events_of(world))


def test_failed_run_stays_failed_without_retry() -> None:
    """`run` says so; only `retry` does again what failed and what was skipped."""
    world = new_world(fails=1)
    trigger(world, ORDER)
    answer = trigger(world, ORDER)
    assert isinstance(answer, AlreadyFinished)
    assert answer.view.outcome is Outcome.FAILED
    again = trigger(world, dataclasses.replace(ORDER, wish=Wish.RETRY, by="ann"))
    assert isinstance(again, Driven)
    assert again.view.outcome is Outcome.SUCCEEDED
    (reopened,) = [event for event in events_of(world) if isinstance(event, events.Reopened)]
    assert (reopened.steps, reopened.by, reopened.release) == (("a", "b"), "ann", None)


def test_retry_of_a_done_day_does_nothing() -> None:
    """There is nothing that failed."""
    world = new_world()
    trigger(world, ORDER)
    assert isinstance(trigger(world, dataclasses.replace(ORDER, wish=Wish.RETRY, by="ann")), AlreadyFinished)


def test_retry_under_another_release_records_it() -> None:
    """The attempts that follow come from the newer one."""
    world = new_world(fails=1)
    trigger(world, ORDER)
    newer = dataclasses.replace(RELEASE, revision="1" * 40)
    answer = trigger(world, dataclasses.replace(ORDER, wish=Wish.RETRY, by="ann", release=newer))
    assert newer == answer.view.release


def test_rerun_begins_a_new_generation() -> None:
    """With who and why on record; the earlier one stays as it is."""
    world = new_world()
    trigger(world, ORDER)
    length = len(events_of(world))
    again = trigger(world, dataclasses.replace(ORDER, wish=Wish.RERUN, by="ann", why="new source"))
    assert isinstance(again, Driven)
    assert (again.view.run.generation, again.view.outcome) == (2, Outcome.SUCCEEDED)
    opened = world.store.read(again.view.run)[0].event
    assert isinstance(opened, events.Opened)
    assert (opened.by, opened.why, opened.reused) == ("ann", "new source", ())
    assert length == len(events_of(world))


def test_rerun_from_a_step_takes_over_the_others() -> None:
    """Only that step and what depends on it is started."""
    world = new_world()
    trigger(world, ORDER)
    assert isinstance(world.runner, FakeRunner)
    world.runner.started.clear()
    again = trigger(world, dataclasses.replace(ORDER, wish=Wish.RERUN, by="ann", start="b"))
    assert again.view.steps["a"].state is StepState.REUSED
    assert [str(each) for each in world.runner.started] == ["toy-2018-02-01-g2/b/1"]


def test_rerun_that_was_interrupted_goes_on() -> None:
    """The same command does not begin yet another generation."""
    world = new_world()
    trigger(world, ORDER)
    second = dataclasses.replace(RUN, generation=2)
    world.store.append(second, 0, [events.Opened(at=BEGIN, run=second, release=RELEASE, storage="memory:", by="ann")])
    again = trigger(world, dataclasses.replace(ORDER, wish=Wish.RERUN, by="ann"))
    assert (again.view.run, again.view.outcome) == (second, Outcome.SUCCEEDED)


@pytest.mark.parametrize("fails", [0, 1])
def test_renew_does_a_day_of_another_release_anew(fails: int) -> None:
    """However it ended, and once: the same trigger again finds the day done under its release."""
    world = new_world(fails=fails)
    trigger(world, ORDER)
    newer = dataclasses.replace(ORDER, release=dataclasses.replace(RELEASE, revision="1" * 40), wish=Wish.RENEW)
    answer = trigger(world, dataclasses.replace(newer, by="ann"))
    assert isinstance(answer, Driven)
    assert answer.view.run.generation == 2
    opened = world.store.read(answer.view.run)[0].event
    assert isinstance(opened, events.Opened)
    assert (opened.by, opened.release) == ("ann", newer.release)
    assert isinstance(trigger(world, newer), AlreadyFinished)


def test_renew_runs_a_day_that_was_never_run_and_goes_on_with_one_that_was_begun() -> None:
    """As any trigger does; a run keeps its release."""
    world = new_world()
    renew = dataclasses.replace(ORDER, wish=Wish.RENEW)
    assert trigger(world, renew).view.run == RUN
    world = new_world()
    world.store.append(RUN, 0, [events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="memory:")])
    newer = dataclasses.replace(renew, release=dataclasses.replace(RELEASE, revision="1" * 40))
    answer = trigger(world, newer)
    assert (answer.view.run, answer.view.release, answer.view.outcome) == (RUN, RELEASE, Outcome.SUCCEEDED)


@pytest.mark.parametrize("wish", [Wish.RETRY, Wish.RERUN])
def test_nothing_can_be_done_again_that_was_never_done(wish: Wish) -> None:
    """A day without a run is to be run."""
    with pytest.raises(ConfigurationError, match="`nightjar run` it"):
        trigger(new_world(), dataclasses.replace(ORDER, wish=wish))


def test_rerun_of_a_run_that_goes_on_is_refused() -> None:
    """Two generations of a day are never on their way at once."""
    world = new_world()
    world.store.append(RUN, 0, [events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="memory:")])
    with pytest.raises(ConfigurationError, match="has not ended"):
        trigger(world, dataclasses.replace(ORDER, wish=Wish.RERUN))


def another(step_name: str) -> Release:
    """A release with another image for a step."""
    image = dataclasses.replace(RELEASE.images[step_name], digest="sha256:" + "1" * 64)
    return dataclasses.replace(RELEASE, revision="1" * 40, images={**RELEASE.images, step_name: image})


def interrupted_after_a() -> World:
    """A run whose driver left when a had ended."""
    world = new_world()
    trigger(dataclasses.replace(world, interrupt=FakeInterrupt()), dataclasses.replace(ORDER, release=another("b")))
    log = [event for event in events_of(world) if "b" not in str(getattr(event, "attempt", ""))]
    log = [event for event in log if not isinstance(event, events.Finished)]
    assert isinstance(world.store, MemoryStore)
    world.store.logs.clear()
    world.store.append(RUN, 0, [*log, events.Released(at=BEGIN, driver="one", reason="SIGTERM")])
    return world


def test_deployment_in_mid_run_stops_it_at_what_changed() -> None:
    """The run is left resumable, and goes on under its own release as soon as that is deployed again."""
    world = interrupted_after_a()
    left = trigger(world, ORDER)
    assert isinstance(left, Driven)
    assert (left.view.state, left.view.changed) == (RunState.OPEN, ("b",))
    done = trigger(world, dataclasses.replace(ORDER, release=another("b")))
    assert done.view.outcome is Outcome.SUCCEEDED


def test_mixing_releases_is_allowed_by_a_person() -> None:
    """The change goes on record, and what is started from there on has the other digest."""
    world = interrupted_after_a()
    done = trigger(world, dataclasses.replace(ORDER, allow_mixed=True, by="ann"))
    assert done.view.outcome is Outcome.SUCCEEDED
    (changed,) = [event for event in events_of(world) if isinstance(event, events.ReleaseChanged)]
    assert (changed.by, changed.release) == ("ann", RELEASE)
    assert done.view.steps["b"].digest == RELEASE.images["b"].digest


def test_only_what_is_left_to_do_is_checked() -> None:
    """A step that has ended may be gone from the platform."""
    world = interrupted_after_a()
    asked = list[list[str]]()

    class Asked(FakeRunner):
        def check(self, release: Release) -> tuple[str, ...]:
            asked.append(list(release.pipeline.steps))
            return ()

    assert isinstance(world.clock, FakeClock)
    trigger(dataclasses.replace(world, runner=Asked(world.clock)), dataclasses.replace(ORDER, release=another("b")))
    assert asked == [["b"]]


def test_retry_under_other_steps_is_refused() -> None:
    """A run cannot change its shape on the way."""
    world = new_world(fails=1)
    trigger(world, ORDER)
    other = build.release(build.pipeline(step("a"), step("c", ["a"])))
    with pytest.raises(ConfigurationError, match="other steps"):
        trigger(world, dataclasses.replace(ORDER, wish=Wish.RETRY, by="ann", release=other))


def test_run_keeps_its_release(caplog: pytest.LogCaptureFixture) -> None:
    """A trigger with another release continues under the run's own, and says so."""
    world = new_world()
    world.store.append(RUN, 0, [events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="memory:")])
    newer = dataclasses.replace(RELEASE, revision="1" * 40)
    answer = trigger(world, dataclasses.replace(ORDER, release=newer, storage="elsewhere:"))
    assert answer.view.release == RELEASE
    assert "keeps the release" in caplog.text
    assert "keeps the storage" in caplog.text


def test_problems_are_told_before_anything_is_written() -> None:
    """All of them, and the run is not opened."""
    world = new_world()
    runner = world.runner
    assert isinstance(runner, FakeRunner)
    runner.problems = ("no secret", "no program")
    with pytest.raises(ConfigurationError) as caught:
        trigger(world, ORDER)
    assert caught.value.problems == ("no secret", "no program")
    assert world.store.runs() == ()


def test_living_driver_is_left_to_it() -> None:
    """Somebody else's heartbeat was seen to advance."""
    world = with_driver(beats=True)
    answer = trigger(world, ORDER)
    assert isinstance(answer, DrivenBySomebodyElse)
    assert (answer.driver, answer.alive) == ("other", True)
    assert world.clock.now() - BEGIN <= lease.TERMS.beat


def test_dead_driver_is_waited_out() -> None:
    """After the lease has run out the run is taken over."""
    world = with_driver(beats=False)
    answer = trigger(world, ORDER)
    assert isinstance(answer, Driven)
    assert answer.view.outcome is Outcome.SUCCEEDED
    claimed = [event for event in events_of(world) if isinstance(event, events.Claimed)]
    assert [(each.driver, each.at) for each in claimed] == [("other", BEGIN), ("one", BEGIN + lease.TERMS.ttl)]


def test_lease_is_kept_on_the_terms_of_the_world() -> None:
    """While a step runs, the heartbeats come as often as the terms say, and for as long."""
    claims: list[tuple[datetime, timedelta]] = []

    class Watched(MemoryStore):
        def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
            claims.append((self.clock.now(), ttl))
            return MemoryStore.claim(self, run, driver, ttl=ttl)

    clock, beat = FakeClock(), timedelta(milliseconds=200)
    runner = FakeRunner(clock, {"a": [exits(0, takes=timedelta(seconds=2))]})
    terms = lease.Terms(ttl=timedelta(seconds=1), beat=beat)
    trigger(dataclasses.replace(new_world(), store=Watched(clock), clock=clock, runner=runner, terms=terms), ORDER)
    assert {ttl for _, ttl in claims} == {terms.ttl}
    assert [later - at for (at, _), (later, _) in itertools.pairwise(claims[1:])][:10] == [beat] * 10


def test_stop_request_ends_the_waiting() -> None:
    """It is not known then whether the other lives."""
    world = with_driver(beats=False)
    assert isinstance(world.interrupt, FakeInterrupt)
    world.interrupt.reason = "SIGTERM"
    answer = trigger(world, ORDER)
    assert isinstance(answer, DrivenBySomebodyElse)
    assert not answer.alive


def test_two_openers_make_one_run(caplog: pytest.LogCaptureFixture) -> None:
    """Whoever comes second continues what the first has opened."""
    world = new_world()
    store = world.store

    class Late(MemoryStore):
        def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
            found = store.runs(pipeline, day=day, limit=limit)
            if not found:
                store.append(RUN, 0, [events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="theirs:")])
            return found

    assert isinstance(store, MemoryStore)
    late = Late(world.clock, store.logs, store.leases)
    answer = trigger(dataclasses.replace(world, store=late), ORDER)
    assert answer.view.storage == "theirs:"
    assert "looking again" in caplog.text


def test_run_that_somebody_died_creating_is_none() -> None:
    """A store may list it before its first event: the generation before it counts, or the run is opened."""
    world = new_world()
    assert isinstance(world.store, MemoryStore)
    world.store.logs[RUN] = []
    assert trigger(world, ORDER).view.outcome is Outcome.SUCCEEDED
    world.store.logs[dataclasses.replace(RUN, generation=2)] = []
    assert isinstance(trigger(world, ORDER), AlreadyFinished)
    rerun = trigger(world, dataclasses.replace(ORDER, wish=Wish.RERUN, by="ann"))
    assert (rerun.view.run.generation, rerun.view.outcome) == (2, Outcome.SUCCEEDED)


def test_conflict_while_driving_is_looked_at_again() -> None:
    """A driver that was overtaken goes back to asking who drives."""
    world = new_world()
    store = world.store

    class Overtaken(MemoryStore):
        done = False

        def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
            if expected > 2 and not self.done:
                self.done = True
                raise Conflict("overtaken")
            return store.append(run, expected, events)

    assert isinstance(store, MemoryStore)
    answer = trigger(dataclasses.replace(world, store=Overtaken(world.clock, store.logs, store.leases)), ORDER)
    assert isinstance(answer, Driven)
    assert answer.view.outcome is Outcome.SUCCEEDED


def test_plan_foresees_what_a_trigger_would_find() -> None:
    """A new run, a continued one and a finished one; nothing is written."""
    world = new_world()

    def state(release: Release = RELEASE) -> RunState:
        return foresee(world.store, release, DAY, storage="x", now=BEGIN).state

    assert state() is RunState.DRIVEN
    assert world.store.runs() == ()
    trigger(world, ORDER)
    assert state() is RunState.FINISHED
    assert foresee(None, RELEASE, DAY, storage="x", now=BEGIN).seq == 2


def with_driver(*, beats: bool) -> World:
    """A world in which somebody else holds the lease, and beats or does not."""
    world = new_world()
    store = world.store
    assert isinstance(store, MemoryStore)
    store.append(
        RUN,
        0,
        [
            events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="memory:"),
            events.Claimed(at=BEGIN, driver="other"),
        ],
    )
    store.claim(RUN, "other", ttl=lease.TERMS.ttl)

    class Beating(FakeClock):
        def sleep(self, time: timedelta) -> None:
            FakeClock.sleep(self, time)
            if beats and self.now() - BEGIN >= lease.TERMS.beat:
                store.claim(RUN, "other", ttl=lease.TERMS.ttl)

    clock = Beating()
    store.clock = clock
    return dataclasses.replace(world, clock=clock, runner=FakeRunner(clock))
