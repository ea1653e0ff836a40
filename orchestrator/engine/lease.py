"""Who drives a run: taking its lease, keeping it by heartbeats, and seeing that somebody else is alive.

The lease only keeps two orchestrators from wasting work; what keeps them from harm is the log's sequence. So it is kept
by the loop itself: a loop that hangs loses it, as it should.
"""

from __future__ import annotations

import logging
from datetime import datetime, timedelta

from orchestrator.core.errors import Conflict
from orchestrator.ports import Clock, Interrupt, Lease, Store
from steps.kit.contract import RunId

_LOG = logging.getLogger(__name__)

TTL = timedelta(seconds=15)
BEAT = timedelta(seconds=3)
LOOK = timedelta(seconds=0.5)


class Heartbeat:
    """The lease of one run, held by one driver."""

    def __init__(self, store: Store, run: RunId, *, driver: str, clock: Clock) -> None:
        self._store = store
        self._run = run
        self._driver = driver
        self._clock = clock
        self._last: datetime | None = None

    def keep(self) -> bool:
        """Beat, if it is time to; whether it was. Raises Conflict when the lease went to somebody else.

        The first call always beats: the process may have been held up since the lease was taken.
        """
        now = self._clock.now()
        if self._last is not None and abs(now - self._last) < BEAT:
            return False
        lease = self._store.claim(self._run, self._driver, ttl=TTL)
        if lease.driver != self._driver:
            raise Conflict(f"{self._run}: {lease.driver} took the run over while this orchestrator was held up")
        self._last = now
        return True


def take(store: Store, run: RunId, *, driver: str, clock: Clock, interrupt: Interrupt) -> Lease:
    """The lease, the caller's own, or somebody else's whose heartbeat was seen to advance.

    Returns at the latest when the other's lease has run out; a stop request ends the waiting with the other's lease.
    """
    first = store.claim(run, driver, ttl=TTL)
    lease = first
    if first.driver != driver:
        _LOG.warning("%s is held by %s: waiting up to %d s for a sign of life", run, first.driver, TTL.total_seconds())
    while lease.driver != driver and lease == first and not interrupt.reason:
        clock.sleep(LOOK)
        lease = store.claim(run, driver, ttl=TTL)
    return lease
