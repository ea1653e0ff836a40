"""The embedded store: one SQLite file, for laptops, tests and whoever runs the orchestrator on a machine of their own.

WAL, so that `status` reads while a driver writes; synchronous=FULL, because an intent must not be forgotten by a power
cut (0.2 ms an append on a local disk, measured). The file must lie on a local file system. It must never hold a write
lock across calls.
"""

from __future__ import annotations

import contextlib
import sqlite3
import time
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path

from orchestrator.core.errors import ConfigurationError, Conflict, Unavailable
from orchestrator.core.events import Event, Recorded
from orchestrator.ports import Lease
from orchestrator.stores import codec
from orchestrator.stores.queries import migrations, query
from steps.kit.contract import RunId

_SQLITE = "sqlite"
_BUSY = timedelta(seconds=5)
"""How long to wait for another writer; less than the time in which a stopped orchestrator must have left."""

_SETTINGS = ("journal_mode = WAL", "synchronous = FULL", "foreign_keys = ON", "wal_autocheckpoint = 100")
"""A log of 100 pages is soon written over from its beginning. To flush what lies within a file takes half the time of
what makes it longer (0.2 and 0.4 ms here), and does not wait for others who write to the same file system."""

_REMEDIES = {
    sqlite3.SQLITE_BUSY: ": another process holds it for long; stop that one",
    sqlite3.SQLITE_FULL: ": make some space, then the run can go on",
    sqlite3.SQLITE_IOERR: ": see whether its disk has space and is sound, then the run can go on",
}
"""By the primary code of an error."""


class SqliteStore:
    """See `ports.Store`. Opening it creates the file and brings its schema up to date."""

    def __init__(self, path: Path) -> None:
        self._path = path
        with self._translated():
            path.parent.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(path, timeout=_BUSY.total_seconds(), isolation_level=None)
        try:
            self._prepare()
        except BaseException:
            self._connection.close()
            raise

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        recorded = tuple(Recorded(run=run, seq=expected + n, event=event) for n, event in enumerate(events, 1))
        with self._writing() as connection:
            (actual,) = connection.execute(query(_SQLITE, "select_length"), {"run": str(run)}).fetchone()
            if actual != expected:
                raise Conflict.at(run, expected=expected, actual=actual)
            if expected == 0:
                connection.execute(query(_SQLITE, "insert_run"), _run_row(run))
            connection.executemany(
                query(_SQLITE, "insert_event"),
                [{"run": str(run), "seq": each.seq, "body": codec.encode(each.event)} for each in recorded],
            )
        return recorded

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        with self._translated():
            rows = self._connection.execute(
                query(_SQLITE, "select_events"), {"run": str(run), "after": after}
            ).fetchall()
        return tuple(Recorded(run=run, seq=seq, event=codec.decode(body)) for seq, body in rows)

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """See `ports.Store`."""
        parameters = {"pipeline": pipeline, "day": day.isoformat() if day else None, "limit": limit}
        with self._translated():
            rows = self._connection.execute(query(_SQLITE, "select_runs"), parameters).fetchall()
        return tuple(RunId.parse(run) for (run,) in rows)

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        parameters = {"run": str(run), "driver": driver, "ttl": ttl.total_seconds()}
        with self._writing() as connection:
            connection.execute(query(_SQLITE, "claim_lease"), parameters)
            holder, beats = connection.execute(query(_SQLITE, "select_lease"), {"run": str(run)}).fetchone()
        return Lease(driver=holder, beats=beats)

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`."""
        with self._writing() as connection:
            connection.execute(query(_SQLITE, "delete_lease"), {"run": str(run), "driver": driver})

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`."""
        with self._translated():
            row = self._connection.execute(query(_SQLITE, "select_holder"), {"run": str(run)}).fetchone()
        return str(row[0]) if row else None

    def cursor(self, run: RunId, subscriber: str) -> int:
        """See `ports.Store`."""
        parameters = {"run": str(run), "subscriber": subscriber}
        with self._translated():
            row = self._connection.execute(query(_SQLITE, "select_cursor"), parameters).fetchone()
        return int(row[0]) if row else 0

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        with self._writing() as connection:
            connection.execute(query(_SQLITE, "move_cursor"), {"run": str(run), "subscriber": subscriber, "seq": seq})

    def close(self) -> None:
        """See `ports.Store`."""
        self._connection.close()

    def _prepare(self) -> None:
        """Set up and migrate. SQLite does not wait by itself while others make the same file or leave it."""
        deadline = time.monotonic() + _BUSY.total_seconds()
        while True:
            try:
                self._set_up()
            except Unavailable as err:
                if _code(err.__cause__) != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                    raise
                time.sleep(0.01)
            else:
                return

    def _set_up(self) -> None:
        with self._translated():
            for setting in _SETTINGS:
                self._connection.execute(f"PRAGMA {setting}")
        if self._version() == len(migrations(_SQLITE)):
            return
        with self._writing() as connection:  # The lock under which another process may just have migrated.
            for number, script in enumerate(migrations(_SQLITE)[self._version() :], self._version() + 1):
                for statement in _statements(script):
                    connection.execute(statement)
                connection.execute(f"PRAGMA user_version = {number}")

    def _version(self) -> int:
        with self._translated():
            (version,) = self._connection.execute("PRAGMA user_version").fetchone()
        if version > len(migrations(_SQLITE)):
            newer = f"was written by a newer nightjar (schema {version}, this one knows {len(migrations(_SQLITE))})"
            raise ConfigurationError([f"{self._path} {newer}: use that version, or another --store"])
        return int(version)

    @contextlib.contextmanager
    def _writing(self) -> Iterator[sqlite3.Connection]:
        """A transaction that holds the write lock from its beginning."""
        with self._translated():
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield self._connection
                self._connection.execute("COMMIT")
            except BaseException:
                if self._connection.in_transaction:
                    self._connection.execute("ROLLBACK")
                raise

    @contextlib.contextmanager
    def _translated(self) -> Iterator[None]:
        try:
            yield
        except (sqlite3.Error, OSError) as err:
            raise Unavailable(f"the store {self._path} cannot be used: {err}{_REMEDIES.get(_code(err), '')}") from err


def _code(err: BaseException | None) -> int:
    """The primary code of an error of SQLite, 0 for any other."""
    return int(getattr(err, "sqlite_errorcode", 0)) & 0xFF


def _run_row(run: RunId) -> dict[str, object]:
    return {
        "run": str(run),
        "pipeline": run.pipeline,
        "logical_date": run.logical_date.isoformat(),
        "generation": run.generation,
    }


def _statements(script: str) -> Iterator[str]:
    """The statements of a script one by one: `executescript` would commit the transaction around them."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
