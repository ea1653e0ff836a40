"""A sink that plays its part, and what tests of alerts share: logs in a store, and who tells them."""

from __future__ import annotations

import dataclasses
import threading
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import timedelta

from orchestrator.alerts.alert import Alert
from orchestrator.alerts.dispatcher import Alerts
from orchestrator.alerts.rules import follow
from orchestrator.core import events
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.model import AlertKind, AlertRule, Pipeline
from orchestrator.core.states import fold
from orchestrator.ports import Store
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.days import PIPELINE
from orchestrator.testing.memory import MemoryStore
from steps.kit.contract import RunId

PATIENCE = timedelta(seconds=60)
QUICK = timedelta(milliseconds=1)
ALL = tuple(AlertKind)
TOLD = dataclasses.replace(PIPELINE, alerts=(AlertRule(tell=ALL, webhook="team"),))
EVERY = [f"{RUN}/11/failed", f"{RUN}/11/summary"]
"""What `days.FAILS` tells."""


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


def alerts_to(store: Store, *, kinds: Sequence[AlertKind] = ALL, **sinks: FakeSink) -> Alerts:
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
