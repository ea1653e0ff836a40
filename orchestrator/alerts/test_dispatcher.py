from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.alerts import channel
from orchestrator.alerts.dispatcher import Alerts
from orchestrator.alerts.sink import NotNow
from orchestrator.core import events
from orchestrator.core.events import Event
from orchestrator.core.model import AlertKind, Output
from orchestrator.core.states import fold
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Order, trigger
from orchestrator.testing import build
from orchestrator.testing.build import DAY, RUN
from orchestrator.testing.days import BROKE, FAILS, PIPELINE, SUCCEEDS, tries
from orchestrator.testing.fakes import BEGIN, FakeClock, FakeInterrupt, FakeRunner, exits
from orchestrator.testing.memory import MemoryStore
from orchestrator.testing.sinks import (
    EVERY,
    PATIENCE,
    TOLD,
    FakeSink,
    alerts_to,
    committed,
    keys,
    moved_to,
    put,
)
from steps.kit.contract import RunId

BEFORE = RunId("toy", DAY - timedelta(days=1), 1)


@pytest.fixture
def store() -> MemoryStore:
    """A store with a failed day in it, alerts and all."""
    store = MemoryStore(FakeClock())
    put(store, RUN, *FAILS)
    return store


def test_what_is_committed_is_told_in_order(store: MemoryStore) -> None:
    """Event by event or all at once, a webhook is told the same, and its cursor stands at the last one."""
    log, sink = store.logs[RUN], FakeSink()
    alerts = alerts_to(store, team=sink)
    for number, recorded in enumerate(log, 1):
        alerts.committed([recorded], fold(log[:number]))
    assert alerts.close(PATIENCE) == ()
    assert (sink.told, store.cursors) == (EVERY, {(RUN, "alerts/team"): 11})


def test_each_webhook_is_told_of_its_kinds(store: MemoryStore) -> None:
    """And of nothing else."""
    sink = FakeSink()
    alerts = alerts_to(store, kinds=(AlertKind.SUMMARY,), team=sink)
    committed(alerts, store.logs[RUN])
    assert alerts.close(PATIENCE) == ()
    assert sink.told == EVERY[1:]


def test_what_was_told_is_not_told_again(store: MemoryStore) -> None:
    """The next driver goes on at the cursor."""
    for sink, expected in ((FakeSink(), EVERY), (FakeSink(), [])):
        alerts = alerts_to(store, team=sink)
        committed(alerts, store.logs[RUN])
        alerts.close(PATIENCE)
        assert sink.told == expected


def test_what_was_not_told_is_told_by_the_next_driver(store: MemoryStore) -> None:
    """Also if that one finds the run finished."""
    sink = FakeSink()
    alerts = alerts_to(store, team=sink)
    alerts.catch_up(RUN)
    assert alerts.close(PATIENCE) == ()
    assert sink.told == EVERY


def test_the_run_before_is_caught_up_on(store: MemoryStore) -> None:
    """A day that ended without a word is told when the next one begins, and the next one knows how it ended."""
    put(store, BEFORE, *FAILS)
    log, sink = put(store, RUN, *SUCCEEDS), FakeSink()
    alerts = alerts_to(store, team=sink)
    committed(alerts, log)
    assert alerts.close(PATIENCE) == ()
    before = [key.replace(str(RUN), str(BEFORE)) for key in EVERY]
    assert sink.told == [*before, f"{RUN}/12/recovered", f"{RUN}/12/summary"]


def test_a_new_webhook_is_not_told_of_the_run_before(store: MemoryStore) -> None:
    """What the pipeline of that day did not ask for is old news."""
    put(store, BEFORE, *FAILS, of=PIPELINE)
    sink = FakeSink()
    alerts = alerts_to(store, team=sink)
    committed(alerts, store.logs[RUN])
    assert alerts.close(PATIENCE) == ()
    assert sink.told == EVERY


def test_a_run_that_cannot_be_read_keeps_nobody_from_being_told(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """A broken log of another day is passed over with a warning."""
    put(store, BEFORE, *FAILS)
    del store.logs[BEFORE][1]
    sink = FakeSink()
    alerts = alerts_to(store, team=sink)
    committed(alerts, store.logs[RUN])
    assert alerts.close(PATIENCE) == ()
    assert sink.told == EVERY
    assert f"passed over {BEFORE}" in caplog.text


def test_more_than_fits_in_memory_waits_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """However many alerts a run has, few are held, and all are told in order."""
    monkeypatch.setattr(channel, "MOST", 3)
    happened: list[Event] = []
    for number in range(1, 20):
        due = BEGIN + timedelta(seconds=number)
        retry = events.RetryScheduled(at=BEGIN, step="a", number=number + 1, due=due)
        happened += [*tries("a", number, failure=BROKE), retry]
    store = MemoryStore(FakeClock())
    log, sink = put(store, RUN, *happened), FakeSink()
    alerts = alerts_to(store, team=sink)
    for number in range(1, len(log) + 1):
        alerts.committed(log[number - 1 : number], fold(log[:number]))
        assert len(alerts._channels["team"]._waiting) <= 3
    assert alerts.close(PATIENCE) == ()
    assert sink.told == keys(log)
    assert len(sink.told) == 19


def test_a_stale_output_is_told_once_a_run() -> None:
    """While the run ticks, by whichever driver, and not again once it was told."""
    limit = timedelta(hours=36)
    step = dataclasses.replace(build.step("a"), outputs=(Output(name="page.html", freshness=limit),))
    pipeline = build.pipeline(step, build.step("b"), build.step("c"))
    store = MemoryStore(FakeClock())
    put(store, BEFORE, *tries("a"), of=pipeline)
    log = put(store, RUN, of=pipeline)
    for expected in ([f"{RUN}/a/page.html/late"], []):
        sink = FakeSink()
        alerts = alerts_to(store, kinds=(AlertKind.LATE,), team=sink)
        committed(alerts, log)
        for hours in (0, 35, 37, 38):
            alerts.tick(fold(log), {}, BEGIN + timedelta(hours=hours))
        assert alerts.close(PATIENCE) == ()
        assert sink.told == expected


def test_an_output_that_the_run_made_is_fresh() -> None:
    """What this run itself published counts."""
    step = dataclasses.replace(build.step("a"), outputs=(Output(name="x", freshness=timedelta(hours=1)),))
    pipeline = build.pipeline(step, build.step("b"), build.step("c"))
    store = MemoryStore(FakeClock())
    put(store, BEFORE, *tries("a"), of=pipeline)
    log = put(store, RUN, *tries("a", seconds=7_200), of=pipeline)
    sink = FakeSink()
    alerts = alerts_to(store, kinds=(AlertKind.LATE,), team=sink)
    committed(alerts, log)
    alerts.tick(fold(log), {}, BEGIN + timedelta(hours=2, minutes=59))
    assert alerts.close(PATIENCE) == ()
    assert sink.told == []


def test_nobody_to_tell_reads_nothing() -> None:
    """Without a webhook the store is left alone."""
    store = MemoryStore(FakeClock())
    log = build.log(PIPELINE, *FAILS)
    alerts = Alerts({}, store)
    committed(alerts, log)
    alerts.tick(fold(log), {}, BEGIN)
    alerts.catch_up(RUN)
    assert alerts.close(PATIENCE) == ()


def crash(alerts: Alerts) -> None:
    """What is left when the process dies: no cursor moves, nothing more is sent."""
    for each in alerts._channels.values():
        each.close()


RETRIED = (
    *tries("a", failure=BROKE),
    events.RetryScheduled(at=BEGIN, step="a", number=2, due=BEGIN + timedelta(seconds=4)),
    *tries("a", 2),
)
failures = st.sampled_from([None, None, NotNow("answered 500"), ValueError("defect")])
commits = st.lists(st.tuples(st.integers(1, 5), st.booleans()), min_size=1, max_size=12)


@settings(deadline=None, max_examples=60)
@given(st.sampled_from([FAILS, SUCCEEDS, RETRIED]), commits, st.data())
def test_every_alert_is_told_at_least_once(
    happened: tuple[Event, ...], plan: list[tuple[int, bool]], data: st.DataObject
) -> None:
    """Whatever fails and whenever drivers die, all alerts are told, in order, each under a key of its own."""
    store = MemoryStore(FakeClock())
    log = [moved_to(RUN, each.event) for each in build.log(TOLD, *happened)]
    told: list[str] = []
    alerts, sink = None, FakeSink()
    for count, dies in plan:
        recorded = store.append(RUN, len(store.logs.get(RUN, [])), log[:count])
        log = log[count:]
        if dies:
            # Committed, and not a word of it: the driver died in between.
            if alerts is not None:
                crash(alerts)
            told, alerts = told + sink.told, None
            continue
        if alerts is None:
            sink = FakeSink(answers=data.draw(st.lists(failures, max_size=4)))
            alerts = alerts_to(store, team=sink)
        if recorded:
            alerts.committed(recorded, fold(store.logs[RUN]))
    if alerts is not None:
        alerts.close(PATIENCE)
    store.append(RUN, len(store.logs[RUN]), log)
    last = FakeSink()
    later = alerts_to(store, team=last)
    later.catch_up(RUN)
    assert later.close(PATIENCE) == ()
    told += (sink.told if alerts is not None else []) + last.told
    expected = keys(store.logs[RUN])
    assert len(set(expected)) == len(expected)
    assert list(dict.fromkeys(told)) == expected


def test_the_engine_tells_while_it_drives() -> None:
    """A day with a retry, a failure for good and a skipped step, driven for real: each is told when it happens."""
    clock = FakeClock()
    store, sink = MemoryStore(clock), FakeSink()
    pipeline = build.pipeline(build.step("a", retry=build.attempts(2)), build.step("b", ["a"]))
    alerts = alerts_to(store, team=sink)
    world = World(
        store=store,
        runner=FakeRunner(clock, {"a": [exits(1), exits(1)]}),
        clock=clock,
        interrupt=FakeInterrupt(),
        driver="one",
        subscribers=[alerts],
    )
    trigger(world, Order(release=build.release(pipeline), logical_date=DAY, storage="memory:"))
    assert alerts.close(PATIENCE) == ()
    assert [key.rpartition("/")[2] for key in sink.told] == ["retried", "failed", "summary"]
    assert sink.told == keys(store.logs[RUN])
