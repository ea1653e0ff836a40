"""One bench for each store, so that one suite tests them all."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

from orchestrator.ports import Store
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing.fakes import FakeClock
from orchestrator.testing.memory import MemoryStore


class Bench:
    """A store under test: `open` gives one more connection to it, `later` lets its own clock go on."""

    def __init__(self, open_: Callable[[], Store], later: Callable[[timedelta], None]) -> None:
        self._open = open_
        self._opened: list[Store] = []
        self.later = later

    def open(self) -> Store:
        """Another orchestrator's view of the same store."""
        self._opened.append(self._open())
        return self._opened[-1]

    def open_unmanaged(self) -> Store:
        """The same, to be closed by the caller, in the thread that opened it."""
        return self._open()

    def close(self) -> None:
        """Close everything that was opened."""
        for store in self._opened:
            store.close()


def memory() -> Bench:
    """The reference store."""
    clock = FakeClock()
    store = MemoryStore(clock)
    return Bench(lambda: store, clock.sleep)


def sqlite(path: Path) -> Bench:
    """The SQLite store in this file."""

    def later(time: timedelta) -> None:
        # The store's clock is the machine's: what can be moved is when the leases end.
        connection = sqlite3.connect(path, isolation_level=None)
        connection.execute("UPDATE leases SET expires = expires - ?", (time.total_seconds(),))
        connection.close()

    return Bench(lambda: SqliteStore(path), later)
