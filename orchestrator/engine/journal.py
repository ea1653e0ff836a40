"""The log of one run in a driver's hands: what it recorded, what is committed, and the state that follows.

Events are recorded in memory and committed together, before an effect and before a wait; an observation that a crash
keeps from being committed is observed again. What a person asked for meanwhile is put before what is not committed yet;
any other event of somebody else means that another driver took over, and nothing may be written any more.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestrator.core.errors import Conflict
from orchestrator.core.events import CancelRequested, Event, Recorded
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
        self._committed: RunView = fold(store.read(run))
        self.view: RunView = self._committed

    def record(self, event: Event) -> None:
        """Take note of an event; it is lost with the process until `commit`."""
        self.view = fold([Recorded(run=self._run, seq=self.view.seq + 1, event=event)], self.view)
        self._pending.append(event)

    def commit(self) -> None:
        """Make everything recorded durable and tell the subscribers. Raises Conflict if another driver wrote."""
        while self._pending:
            try:
                recorded = self._store.append(self._run, self._committed.seq, self._pending)
            except Conflict:
                if not self.refresh():
                    raise
            else:
                self._pending.clear()
                self._committed = self.view
                publish.committed(self._subscribers, recorded, self.view)

    def refresh(self) -> bool:
        """Take in what people asked for meanwhile; whether there was something. Raises as `commit` does."""
        asked = self._store.read(self._run, self._committed.seq)
        for each in asked:
            if not isinstance(each.event, CancelRequested):
                raise Conflict(f"{self._run}: event {each.seq} ({each.event.kind}) is another orchestrator's")
        if asked:
            self._committed = fold(asked, self._committed)
            pending, self._pending, self.view = self._pending, [], self._committed
            for event in pending:
                self.record(event)
            publish.committed(self._subscribers, asked, self._committed)
        return bool(asked)

    def tick(self, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """Let the subscribers know that time passes."""
        publish.tick(self._subscribers, self.view, tasks_done, now)
