"""The store for teams: a schema `nightjar` in a PostgreSQL database, where the logs of many runs can be queried.

An append is one statement, so one round trip and one commit, guarded by the length of the log. It must never hold a
transaction across calls, and never trust that an answer which did not come means that nothing happened: each append has
a name, by which the store finds out. How the connection is kept is in `postgres_session`.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from orchestrator.core.errors import Conflict
from orchestrator.core.events import Event, Recorded
from orchestrator.ports import Lease
from orchestrator.stores import codec, postgres_schema
from orchestrator.stores.postgres_session import PATIENCE, Hurry, Session
from orchestrator.stores.queries import query
from orchestrator.stores.writer import Writer
from steps.kit.contract import RunId

_POSTGRES = "postgres"


class PostgresStore:
    """See `ports.Store`. Opening it brings the schema up to date. `name` is what messages call the database."""

    def __init__(self, dsn: str, *, name: str, patience: float = PATIENCE, hurry: Hurry = lambda: False) -> None:
        self._writer = Writer()
        self._session = Session(dsn, name=name, patience=patience, hurry=hurry)
        try:
            self._session.perform(lambda connection: postgres_schema.update(connection, name))
        except BaseException:
            self.close()
            raise

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        batch = self._writer.next()
        parameters = {
            "run": str(run),
            "expected": expected,
            "batch": batch,
            "bodies": [codec.encode(event) for event in events],
            "pipeline": run.pipeline,
            "logical_date": run.logical_date,
            "generation": run.generation,
        }
        added = self._session.run(query(_POSTGRES, "append" if expected else "open_run"), parameters).rowcount
        if added != len(events):
            self._settle(run, expected, batch)
        return tuple(Recorded(run=run, seq=expected + n, event=event) for n, event in enumerate(events, 1))

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        rows = self._session.run(query(_POSTGRES, "select_events"), {"run": str(run), "after": after})
        return tuple(Recorded(run=run, seq=seq, event=codec.decode(body)) for seq, body in rows)

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """See `ports.Store`."""
        parameters = {"pipeline": pipeline, "day": day, "limit": limit}
        return tuple(RunId.parse(run) for (run,) in self._session.run(query(_POSTGRES, "select_runs"), parameters))

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        parameters = {"run": str(run), "driver": driver, "ttl": ttl}
        while (row := self._session.run(query(_POSTGRES, "claim_lease"), parameters).fetchone()) is None:
            pass  # Another's claim came between; now it can be seen.
        return Lease(driver=row[0], beats=row[1])

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`."""
        self._session.run(query(_POSTGRES, "delete_lease"), {"run": str(run), "driver": driver})

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`."""
        row = self._session.run(query(_POSTGRES, "select_holder"), {"run": str(run)}).fetchone()
        return str(row[0]) if row else None

    def cursor(self, run: RunId, subscriber: str) -> int:
        """See `ports.Store`."""
        parameters = {"run": str(run), "subscriber": subscriber}
        row = self._session.run(query(_POSTGRES, "select_cursor"), parameters).fetchone()
        return int(row[0]) if row else 0

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        parameters = {"run": str(run), "subscriber": subscriber, "seq": seq}
        self._session.run(query(_POSTGRES, "move_cursor"), parameters)

    def close(self) -> None:
        """See `ports.Store`."""
        self._session.close()

    def _settle(self, run: RunId, expected: int, batch: str) -> None:
        """Nothing was added: either by a repeated append that had been there, or since the log is another one."""
        row = self._session.run(query(_POSTGRES, "select_end"), {"run": str(run), "seq": expected + 1}).fetchone()
        length, found = row or (0, None)
        if found != batch:
            raise Conflict.at(run, expected=expected, actual=length)
