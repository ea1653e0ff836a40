"""What one webhook is told: alerts in the order of each log, one on its way at a time, and how far it was told.

All of this happens in the engine's thread, because a store may belong to it. A cursor is moved when an alert has
arrived, never before, and only up to the first one that has not: whatever dies, the rest is told by the next driver.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orchestrator.alerts.alert import Alert
from orchestrator.alerts.courier import Courier
from orchestrator.core.model import AlertKind
from orchestrator.ports import Store
from steps.kit.contract import RunId

MOST: Final = 100
"""Alerts that wait in memory; the others wait in the log."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letter:
    """An alert and the cursor that moves to `seq` when it has arrived; None if others of the event follow it."""

    alert: Alert
    cursor: str
    seq: int | None


class Channel:
    """`name` is the secret that holds the webhook's address."""

    def __init__(self, name: str, kinds: Sequence[AlertKind], courier: Courier, store: Store) -> None:
        self.name = name
        self.kinds = frozenset(kinds)
        self.closed = False
        self.troubled = False
        self._courier = courier
        self._store = store
        self._read: dict[RunId, int] = {}
        self._waiting: deque[Letter] = deque()
        self._sent: Letter | None = None
        self._stuck: set[tuple[RunId, str]] = set()
        self._moves: dict[tuple[RunId, str], int] = {}

    def open(self, run: RunId) -> None:
        """Find out how far it has been told of a run."""
        if run not in self._read:
            # The first event opens the run and is no news.
            self._read[run] = max(1, self._store.cursor(run, self._cursor))

    def offer(self, run: RunId, seq: int, alerts: Sequence[Alert]) -> None:
        """Take the alerts of an event, if it is the next one and there is room; else it is offered again."""
        wanted = [alert for alert in alerts if alert.kind in self.kinds]
        if seq != self._read[run] + 1 or (wanted and len(self._waiting) >= MOST):
            return
        self._read[run] = seq
        for alert in wanted:
            last = alert is wanted[-1]
            self._waiting.append(Letter(alert=alert, cursor=self._cursor, seq=seq if last else None))

    def offer_once(self, alert: Alert, *, about: str) -> None:
        """Take an alert that is of no event, unless this run's was told before."""
        cursor = f"{self._cursor}/{about}"
        if self._store.cursor(alert.run, cursor) == 0:
            self._waiting.append(Letter(alert=alert, cursor=cursor, seq=1))

    def has_missed(self, run: RunId, seq: int) -> bool:
        """Whether it has room again for what it did not take of the log up to `seq`."""
        return not self.closed and self._read[run] < seq and not self._waiting

    def go_on(self) -> None:
        """Make durable what was told, and send the next alert."""
        for (run, cursor), seq in tuple(self._moves.items()):
            self._store.move_cursor(run, cursor, seq)
            del self._moves[run, cursor]
        if self._sent is None and self._waiting and not self.closed:
            self._sent = self._waiting.popleft()
            self._courier.give(self._sent.alert)

    def end(self, *, told: bool) -> None:
        """The alert that was sent has arrived, or is passed over: then the cursor stays before it."""
        self.troubled = False
        letter, self._sent = self._sent, None
        if letter is None:
            return
        place = (letter.alert.run, letter.cursor)
        if not told:
            self._stuck.add(place)
        elif letter.seq is not None and place not in self._stuck:
            self._moves[place] = letter.seq

    def close(self) -> None:
        """Give the address up for as long as this process lives."""
        self.closed = True
        self._courier.stop()

    @property
    def hopeful(self) -> bool:
        """Whether something is still to be told and will be, as far as is known."""
        return not (self.closed or self.troubled) and (self._sent is not None or bool(self._waiting))

    @property
    def untold(self) -> tuple[str, ...]:
        """The keys of what was not told."""
        sent = [self._sent] if self._sent is not None else []
        return tuple(letter.alert.key for letter in (*sent, *self._waiting))

    @property
    def _cursor(self) -> str:
        return f"alerts/{self.name}"
