from __future__ import annotations

import dataclasses
import logging
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.alerts import channel
from orchestrator.alerts.alert import Alert
from orchestrator.alerts.courier import ROUNDS
from orchestrator.alerts.dispatcher import Alerts
from orchestrator.alerts.rules import follow
from orchestrator.alerts.sink import Closed, NotNow, Refused
from orchestrator.alerts.webhook import Webhook
from orchestrator.core import events
from orchestrator.core.errors import Unavailable
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.model import AlertKind, AlertRule, Output, Pipeline
from orchestrator.core.states import fold
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import DAY, RUN
from orchestrator.testing.days import BROKE, FAILS, PIPELINE, SUCCEEDS, tries
from orchestrator.testing.fakes import BEGIN, FakeClock
from orchestrator.testing.memory import MemoryStore
from orchestrator.testing.receiver import Answer, Receiver
from steps.kit.contract import RunId

PATIENCE = timedelta(seconds=60)
QUICK = timedelta(milliseconds=1)
ALL = tuple(AlertKind)
TOLD = dataclasses.replace(PIPELINE, alerts=(AlertRule(tell=ALL, webhook="team"),))
BEFORE = RunId("toy", DAY - timedelta(days=1), 1)


@dataclass(slots=True)
class FakeSink:
    """Remembers what it was sent; the n-th time it does what the n-th of its answers says, then takes everything."""

    answers: Sequence[Exception | None] = ()
    sent: list[str] = field(default_factory=list)
    told: list[str] = field(default_factory=list)
    gate: threading.Event | None = None

    def send(self, alert: Alert, *, stopping: threading.Event) -> None:  # noqa: ARG002
        """See `sink.Sink`."""
        if self.gate is not None:
            self.gate.wait()
        self.sent.append(alert.key)
        answer = self.answers[len(self.sent) - 1] if len(self.sent) <= len(self.answers) else None
        if answer is not None:
            raise answer
        self.told.append(alert.key)


@pytest.fixture
def store() -> MemoryStore:
    """A store with a failed day in it, alerts and all."""
    store = MemoryStore(FakeClock())
    put(store, RUN, *FAILS)
    return store


def put(store: MemoryStore, run: RunId, *happened: Event, of: Pipeline = TOLD) -> tuple[Recorded, ...]:
    """Write the log of a run, its events moved to it."""
    moved = [moved_to(run, each.event) for each in build.log(of, *happened)]
    store.logs[run] = []
    return store.append(run, 0, moved)


def moved_to(run: RunId, event: Event) -> Event:
    """The same event of another run."""
    match event:
        case events.Opened():
            return dataclasses.replace(event, run=run)
        case events.AttemptEvent():
            return dataclasses.replace(event, attempt=dataclasses.replace(event.attempt, run=run))
        case _:
            return event


def alerts_to(store: MemoryStore | SqliteStore, *, kinds: Sequence[AlertKind] = ALL, **sinks: FakeSink) -> Alerts:
    """Somebody who tells these sinks, with short pauses."""
    return Alerts({name: (kinds, sink) for name, sink in sinks.items()}, store, first_pause=QUICK)


def committed(alerts: Alerts, log: Sequence[Recorded]) -> None:
    """Say that this log is committed, all at once."""
    alerts.committed(log, fold(log))


def keys(log: Sequence[Recorded], *, previous: Outcome | None = None) -> list[str]:
    """The keys of all alerts of a log."""
    scene, found = None, list[str]()
    for recorded in log:
        scene, told = follow(scene, recorded, previous=previous)
        found += [alert.key for alert in told]
    return found


EVERY = [f"{RUN}/11/failed", f"{RUN}/11/summary"]


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


def test_a_broken_webhook_does_not_keep_another_from_being_told(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Each has its own courier and its own cursor, and the trouble is an error with key and reason, once."""
    hangs, works = FakeSink(gate=threading.Event()), FakeSink()
    troubled = FakeSink(answers=[NotNow("answered 500")] * (ROUNDS - 1))
    alerts = alerts_to(store, hangs=hangs, works=works, troubled=troubled)
    committed(alerts, store.logs[RUN])
    until(alerts, lambda: len(works.told) == 2 and len(troubled.told) == 2)
    assert alerts.close(QUICK) == tuple(EVERY)
    assert (works.told, troubled.told) == (EVERY, EVERY)
    assert [record.getMessage() for record in caplog.records if record.levelno == logging.ERROR] == [
        f"alert {EVERY[0]} could not be told to troubled: answered 500"
    ]
    assert "2 alerts were not told to hangs; whoever drives next tells them" in caplog.text
    assert store.cursor(RUN, "alerts/hangs") == 0
    assert hangs.gate is not None
    hangs.gate.set()


def until(alerts: Alerts, condition: Callable[[], bool]) -> None:
    """Let the engine tick until something has happened and is accounted for."""
    view = fold(alerts._store.read(RUN))
    waited = threading.Event()
    for _ in range(6_000):
        alerts.tick(view, {}, BEGIN)
        if condition() and alerts._reports.empty():
            alerts.tick(view, {}, BEGIN)
            return
        waited.wait(0.01)
    raise TimeoutError("it did not happen")


def test_an_alert_that_never_passes_is_passed_over_but_stays_untold(
    store: MemoryStore, caplog: pytest.LogCaptureFixture
) -> None:
    """Those behind it are told, and the cursor stays before it, so the next driver tells it."""
    sink = FakeSink(answers=[NotNow("answered 500")] * ROUNDS)
    alerts = alerts_to(store, team=sink)
    committed(alerts, store.logs[RUN])
    until(alerts, lambda: sink.told == EVERY[1:])
    assert alerts.close(PATIENCE) == ()
    assert store.cursor(RUN, "alerts/team") == 0
    assert f"alert {EVERY[0]} is passed over for team: answered 500" in caplog.text
    again = FakeSink()
    later = alerts_to(store, team=again)
    later.catch_up(RUN)
    assert later.close(PATIENCE) == ()
    assert again.told == EVERY


def test_an_alert_that_is_refused_is_an_error_and_is_left(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """The receiver would refuse the same bytes tomorrow."""
    sink = FakeSink(answers=[Refused("answered 400: invalid_blocks")])
    alerts = alerts_to(store, team=sink)
    committed(alerts, store.logs[RUN])
    assert alerts.close(PATIENCE) == ()
    assert (sink.told, store.cursor(RUN, "alerts/team")) == (EVERY[1:], 11)
    assert f"alert {EVERY[0]} was refused by team: answered 400: invalid_blocks" in caplog.text


def test_an_address_that_takes_nothing_is_given_up(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """One error, no second try in this process, and the next driver tells all of it."""
    sink = FakeSink(answers=[Closed("answered 404: no_service")])
    alerts = alerts_to(store, team=sink)
    committed(alerts, store.logs[RUN])
    assert alerts.close(PATIENCE) == tuple(EVERY)
    assert (sink.sent, store.cursors) == (EVERY[:1], {})
    (error,) = (record.getMessage() for record in caplog.records if record.levelno == logging.ERROR)
    assert error == (
        f"alert {EVERY[0]} could not be told to team: answered 404: no_service; "
        "nothing more is sent there, mend the secret's value"
    )


def test_a_defect_of_a_sink_gives_nothing_away(store: MemoryStore, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever it raises is told by its kind alone."""
    sink = FakeSink(answers=[ValueError("https://h.example/secret")])
    alerts = alerts_to(store, team=sink)
    committed(alerts, store.logs[RUN])
    until(alerts, lambda: sink.told == EVERY)
    assert alerts.close(PATIENCE) == ()
    assert f"alert {EVERY[0]} could not be told to team: a defect, ValueError" in caplog.text
    assert "secret" not in caplog.text


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


@dataclass(slots=True)
class OutOfReach(MemoryStore):
    """A store that cannot be written to for a while."""

    out: bool = False

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        if self.out:
            raise Unavailable("out of reach")
        MemoryStore.move_cursor(self, run, subscriber, seq)


def test_a_store_out_of_reach_only_makes_it_told_again(caplog: pytest.LogCaptureFixture) -> None:
    """What was told and could not be recorded is recorded later, or told again by the next driver."""
    store = OutOfReach(FakeClock(), out=True)
    log, sink = put(store, RUN, *FAILS), FakeSink()
    alerts = alerts_to(store, team=sink)
    committed(alerts, log)
    alerts.close(PATIENCE)
    assert "it will be told again: out of reach" in caplog.text
    assert store.cursors == {}


def test_real_webhooks_and_a_real_store(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    """A receiver that fails first and one that is gone: the first is told, the second is told of, the run goes on."""
    log = build.log(TOLD, *FAILS)
    with opened(tmp_path / "runs.sqlite") as store:
        store.append(RUN, 0, [each.event for each in log])
        with Receiver([Answer(status=500), Answer()]) as good, Receiver([Answer(status=410)]) as gone:
            sinks = {"good": (ALL, Webhook(good.address, first_wait=QUICK)), "gone": (ALL, Webhook(gone.address))}
            alerts = Alerts(sinks, store)
            committed(alerts, log)
            assert alerts.close(PATIENCE) == tuple(EVERY)
            assert (good.keys, gone.keys) == ([EVERY[0], *EVERY], EVERY[:1])
        assert (store.cursor(RUN, "alerts/good"), store.cursor(RUN, "alerts/gone")) == (11, 0)
    assert "secret-token" not in caplog.text


@contextmanager
def opened(path: Path) -> Iterator[SqliteStore]:
    """A store that is closed in the end."""
    store = SqliteStore(path)
    try:
        yield store
    finally:
        store.close()


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
