"""The log of one run in a driver's hands: what it recorded, what is committed, and the state that follows.

Events are recorded in memory and committed together, before an effect and before a wait; an observation that a crash
keeps from being committed is observed again.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestrator.core.events import Event, Recorded
from orchestrator.core.states import RunView, fold
from orchestrator.engine import publish
from orchestrator.ports import Store, Subscriber
from steps.kit.contract import AttemptId, RunId


class Journal:
    """`view` is the state with everything recorded, committed or not."""

    def __init__(self, store: Store, run: RunId, *, subscribers: Sequence[Subscriber]) -> None:
        self._store = store
        self._run = run
        self._subscribers = subscribers
        self._pending: list[Event] = []
        self.view: RunView = fold(store.read(run))

    def record(self, event: Event) -> None:
        """Take note of an event; it is lost with the process until `commit`."""
        self.view = fold([Recorded(run=self._run, seq=self.view.seq + 1, event=event)], self.view)
        self._pending.append(event)

    def commit(self) -> None:
        """Make everything recorded durable and tell the subscribers. Raises Conflict if another driver wrote."""
        if not self._pending:
            return
        recorded = self._store.append(self._run, self.view.seq - len(self._pending), self._pending)
        self._pending.clear()
        publish.committed(self._subscribers, recorded, self.view)

    def tick(self, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """Let the subscribers know that time passes."""
        publish.tick(self._subscribers, self.view, tasks_done, now)
