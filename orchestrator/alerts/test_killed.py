"""A driver that is killed between the commit of an event and its telling, and the one that comes after it."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

from orchestrator.alerts.addresses import open_alerts
from orchestrator.core import events
from orchestrator.core.events import Outcome
from orchestrator.core.model import AlertKind, AlertRule
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.days import BROKE, PIPELINE, finished, tries
from orchestrator.testing.fakes import BEGIN
from orchestrator.testing.receiver import Answer, Receiver
from orchestrator.testing.sinks import committed, keys

RULES = (AlertRule(tell=tuple(AlertKind), webhook="team"),)
LOG = build.log(
    PIPELINE,
    *tries("a", failure=BROKE),
    events.RetryScheduled(at=BEGIN, step="a", number=2, due=BEGIN),
    *tries("a", 2, failure=BROKE),
    events.Exhausted(at=BEGIN, step="a", reason="no attempt is left of 2"),
    events.Skipped(at=BEGIN, step="b", because=("a",)),
    *tries("c"),
    finished(Outcome.FAILED),
)
EVERY = keys(LOG)
PATIENCE = timedelta(seconds=60)

DRIVER = """
import pathlib, sys, threading
from orchestrator.alerts import test_killed
test_killed.drive(pathlib.Path(sys.argv[1]), sys.argv[2])
print("told", flush=True)
threading.Event().wait()
"""


def drive(path: Path, address: str) -> None:
    """Commit a failed day to the store and tell it to the address, as the engine does."""
    store = SqliteStore(path)
    alerts = open_alerts(RULES, secrets={"team": address}, environ={}, store=store)
    committed(alerts, store.append(RUN, 0, [each.event for each in LOG]))


def kill_a_driver(path: Path, receiver: Receiver, *, requests: int) -> None:
    """Start a driver and kill it when so many of its requests have come."""
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
    command: list[str | Path] = [sys.executable, "-P", "-c", DRIVER, path, receiver.address]
    with subprocess.Popen(command, env=environ, stdout=subprocess.PIPE, text=True) as driver:
        assert driver.stdout is not None
        assert driver.stdout.readline() == "told\n"
        receiver.wait_for(requests)
        driver.send_signal(signal.SIGKILL)
        assert driver.wait() == -signal.SIGKILL


def resume(path: Path) -> list[str]:
    """Come as the next driver, with a receiver that takes everything: the keys of what it is told."""
    store = SqliteStore(path)
    with Receiver() as receiver:
        alerts = open_alerts(RULES, secrets={"team": receiver.address}, environ={}, store=store)
        alerts.catch_up(RUN)
        assert alerts.close(PATIENCE) == ()
        store.close()
        return receiver.keys


def test_what_a_killed_driver_had_not_told_is_told_by_the_next(tmp_path: Path) -> None:
    """Committed, on its way, never answered, and the driver dies: the next one tells it, under the same key."""
    path = tmp_path / "runs.sqlite"
    with Receiver([Answer(hangs=True)]) as receiver:
        kill_a_driver(path, receiver, requests=1)
        assert receiver.keys == EVERY[:1]
    assert resume(path) == EVERY
    assert resume(path) == []


def test_what_a_killed_driver_had_told_and_not_recorded_is_told_twice_under_one_key(tmp_path: Path) -> None:
    """At least once: it was told, and dies before its engine could note that."""
    path = tmp_path / "runs.sqlite"
    with Receiver() as receiver:
        kill_a_driver(path, receiver, requests=1)
        assert receiver.keys == EVERY[:1]
    assert resume(path) == EVERY
