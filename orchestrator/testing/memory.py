"""The reference store: in memory, as short as the contract allows. What it does, every store does."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, timedelta

from orchestrator.core.errors import Conflict
from orchestrator.core.events import Event, Recorded
from orchestrator.ports import Clock, Lease
from steps.kit.contract import RunId


@dataclass(slots=True)
class MemoryStore:
    """Logs and leases in dictionaries; several drivers may share one."""

    clock: Clock
    logs: dict[RunId, list[Recorded]] = field(default_factory=dict)
    leases: dict[RunId, tuple[Lease, datetime]] = field(default_factory=dict)
    cursors: dict[tuple[RunId, str], int] = field(default_factory=dict)

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        log = self.logs.get(run, [])
        if len(log) != expected:
            raise Conflict.at(run, expected=expected, actual=len(log))
        recorded = tuple(Recorded(run=run, seq=expected + n, event=event) for n, event in enumerate(events, 1))
        self.logs[run] = [*log, *recorded]
        return recorded

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        return tuple(self.logs.get(run, [])[after:])

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """See `ports.Store`."""
        found = [
            run
            for run in self.logs
            if (pipeline is None or run.pipeline == pipeline) and (day is None or run.logical_date == day)
        ]
        found.sort(key=lambda run: run.pipeline)
        found.sort(key=lambda run: (run.logical_date, run.generation), reverse=True)
        return tuple(found[:limit])

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        now = self.clock.now()
        lease, expires = self.leases.get(run, (Lease(driver=driver, beats=0), now))
        if lease.driver != driver and expires > now:
            return lease
        beats = lease.beats + 1 if lease.driver == driver else 1
        mine = Lease(driver=driver, beats=beats)
        self.leases[run] = (mine, now + ttl)
        return mine

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`."""
        if run in self.leases and self.leases[run][0].driver == driver:
            del self.leases[run]

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`."""
        if run not in self.leases:
            return None
        lease, expires = self.leases[run]
        return lease.driver if expires > self.clock.now() else None

    def cursor(self, run: RunId, subscriber: str) -> int:
        """See `ports.Store`."""
        return self.cursors.get((run, subscriber), 0)

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        self.cursors[run, subscriber] = max(seq, self.cursor(run, subscriber))

    def close(self) -> None:
        """See `ports.Store`."""
