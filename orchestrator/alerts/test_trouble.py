"""Receivers and stores that fail: who is told what, and what is left for the next driver."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.alerts.courier import ROUNDS
from orchestrator.alerts.dispatcher import Alerts
from orchestrator.alerts.sink import Closed, NotNow, Refused
from orchestrator.alerts.webhook import Webhook
from orchestrator.core.errors import Unavailable
from orchestrator.core.states import fold
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.days import FAILS
from orchestrator.testing.fakes import BEGIN, FakeClock
from orchestrator.testing.memory import MemoryStore
from orchestrator.testing.receiver import Answer, Receiver
from orchestrator.testing.sinks import (
    ALL,
    EVERY,
    PATIENCE,
    QUICK,
    TOLD,
    FakeSink,
    alerts_to,
    committed,
    put,
)
from steps.kit.contract import RunId


@pytest.fixture
def store() -> MemoryStore:
    """A store with a failed day in it, alerts and all."""
    store = MemoryStore(FakeClock())
    put(store, RUN, *FAILS)
    return store


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
