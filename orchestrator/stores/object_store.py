"""The store in a bucket or a folder: what an idle pipeline in the cloud keeps its runs in, at no cost while it waits.

It needs nothing but objects that are created and never overwritten. An append is one request; reading a run is one
list and one request a batch, several at a time, or one for a finished run. It must never go by this machine's clock.

    runs/       the logs, in `object_log`
    leases/     who drives what, in `object_lease`
    cursors/    RUN/SUBSCRIBER/SEQ: an empty object; the highest counts
    clock/      what is written to learn the store's time, and removed at once
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta
from urllib.parse import quote

from orchestrator.core.events import Event, Recorded
from orchestrator.ports import Lease
from orchestrator.stores.bucket import Bucket
from orchestrator.stores.object_lease import ObjectLease
from orchestrator.stores.object_log import ObjectLog
from steps.kit.contract import RunId


class ObjectStore:
    """See `ports.Store`."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._log = ObjectLog(bucket)
        self._lease = ObjectLease(bucket)

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        return self._log.append(run, expected, events)

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        return self._log.read(run, after)

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """See `ports.Store`.

        No log is read. It takes one list of the months that have runs and one for each month until there are enough:
        for the latest hundred of a daily pipeline five requests, however many years there are.
        """
        return self._log.runs(pipeline, day=day, limit=limit)

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        return self._lease.claim(run, driver, ttl=ttl)

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`."""
        self._lease.release(run, driver)

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`."""
        return self._lease.holder(run)

    def cursor(self, run: RunId, subscriber: str) -> int:
        """See `ports.Store`."""
        return max(self._cursors(run, subscriber), default=0)

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        before = self._cursors(run, subscriber)
        if seq > max(before, default=0):
            self._bucket.create(_cursor(run, subscriber, seq), b"")
            for each in before:
                self._bucket.remove(_cursor(run, subscriber, each))

    def close(self) -> None:
        """See `ports.Store`."""

    def _cursors(self, run: RunId, subscriber: str) -> list[int]:
        return [int(name) for name in self._bucket.objects(_cursors(run, subscriber))]


def _cursors(run: RunId, subscriber: str) -> str:
    return f"cursors/{run}/{quote(subscriber, safe='').replace('.', '%2E')}"


def _cursor(run: RunId, subscriber: str, seq: int) -> str:
    return f"{_cursors(run, subscriber)}/{seq:08}"
