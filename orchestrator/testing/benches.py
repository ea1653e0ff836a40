"""One bench for each store, so that one suite tests them all."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from pathlib import Path

import obstore.store
import psycopg

from orchestrator.ports import Store
from orchestrator.stores.bucket import Bucket
from orchestrator.stores.object_store import ObjectStore
from orchestrator.stores.postgres import PostgresStore
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing.fakes import FakeClock
from orchestrator.testing.gcs import BUCKET, GcsServer
from orchestrator.testing.memory import MemoryStore


class Bench:
    """A store under test: `open` gives one more connection to it, `later` lets its own clock go on.

    `url` is its address, if another process can open it too.
    """

    def __init__(self, open_: Callable[[], Store], later: Callable[[timedelta], None], *, url: str = "") -> None:
        self._open = open_
        self._opened: list[Store] = []
        self.later = later
        self.url = url

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

    return Bench(lambda: SqliteStore(path), later, url=f"sqlite:{path}")


def postgres(dsn: str) -> Bench:
    """The PostgreSQL store in this database."""

    def later(time: timedelta) -> None:
        with psycopg.connect(dsn) as connection:
            connection.execute("UPDATE nightjar.leases SET expires = expires - %s", (time,))

    return Bench(lambda: PostgresStore(dsn, name="the database"), later, url=dsn)


def folder(path: Path) -> Bench:
    """The object store in this folder."""

    def later(time: timedelta) -> None:
        for each in path.glob("leases/*/*"):
            written = each.stat().st_mtime - time.total_seconds()
            os.utime(each, (written, written))

    return Bench(lambda: ObjectStore(Bucket.open(path.as_uri())), later, url=path.as_uri())


def bucket(server: GcsServer, *, patience: timedelta = timedelta(seconds=30)) -> Bench:
    """The object store in a bucket of Google's kind; the environment has to name the server's account."""
    url = f"gs://{BUCKET}/some/where"
    return Bench(lambda: ObjectStore(Bucket.open(url, allow_http=True, patience=patience)), server.later)


def objects() -> Bench:
    """The object store in obstore's own memory."""
    store = obstore.store.MemoryStore()
    ahead = [timedelta()]
    written: dict[str, timedelta] = {}

    class LaterBucket(Bucket):
        """A bucket whose clock can be moved."""

        def create(self, key: str, body: bytes) -> bool:
            written.setdefault(key, ahead[0])
            return super().create(key, body)

        def objects(self, folder: str) -> Mapping[str, datetime]:
            return {name: at + written[f"{folder}/{name}"] for name, at in super().objects(folder).items()}

        def now(self) -> datetime:
            return super().now() + ahead[0]

    def later(time: timedelta) -> None:
        ahead[0] += time

    return Bench(lambda: ObjectStore(LaterBucket(store, "memory")), later)
