"""Who drives a run: taking its lease, keeping it by heartbeats, and seeing that somebody else is alive.

The lease only keeps two orchestrators from wasting work; what keeps them from harm is the log's sequence. So it is kept
by the loop itself: a loop that hangs loses it, as it should.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.core.errors import Conflict
from orchestrator.ports import Clock, Interrupt, Lease, Store
from steps.kit.contract import RunId

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """For how long a lease is given, how often its holder beats, and how often who waits for it looks."""

    ttl: timedelta = timedelta(seconds=15)
    beat: timedelta = timedelta(seconds=3)
    look: timedelta = timedelta(seconds=0.5)


TERMS = Terms()
"""Those of every command."""


class Heartbeat:
    """The lease of one run, held by one driver."""

    def __init__(self, store: Store, run: RunId, *, driver: str, clock: Clock, terms: Terms) -> None:
        self._store = store
        self._run = run
        self._driver = driver
        self._clock = clock
        self._terms = terms
        self._last: datetime | None = None

    def keep(self) -> bool:
        """Beat, if it is time to; whether it was. Raises Conflict when the lease went to somebody else.

        The first call always beats: the process may have been held up since the lease was taken.
        """
        now = self._clock.now()
        if self._last is not None and abs(now - self._last) < self._terms.beat:
            return False
        lease = self._store.claim(self._run, self._driver, ttl=self._terms.ttl)
        if lease.driver != self._driver:
            raise Conflict(f"{self._run}: {lease.driver} took the run over while this orchestrator was held up")
        self._last = now
        return True


def take(store: Store, run: RunId, *, driver: str, clock: Clock, interrupt: Interrupt, terms: Terms) -> Lease:
    """The lease, the caller's own, or somebody else's whose heartbeat was seen to advance.

    Returns at the latest when the other's lease has run out; a stop request ends the waiting with the other's lease.
    """
    first = store.claim(run, driver, ttl=terms.ttl)
    lease = first
    if first.driver != driver:
        patience = terms.ttl.total_seconds()
        _LOG.warning("%s is held by %s: waiting up to %g s for a sign of life", run, first.driver, patience)
    while lease.driver != driver and lease == first and not interrupt.reason:
        clock.sleep(terms.look)
        lease = store.claim(run, driver, ttl=terms.ttl)
    return lease
