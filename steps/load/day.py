"""Makes a logical date's rows in the database equal to the day's events, in one transaction, however often it runs.

Events that the day no longer has are deleted, so that a rerun leaves neither ghosts nor doubles. Nothing is committed
before the number of rows has been compared.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from steps.kit.contract import RunId
from steps.kit.errors import BadData, Misconfigured
from steps.kit.postgres import Connection
from steps.load.statements import statement

FIELDS: Final = (
    "time", "magnitude", "magnitude_type", "latitude", "longitude", "depth_km", "place", "region", "type", "status",
    "network",
)  # fmt: skip
"""Fields of a validated event after its id and date, in the order of `copy.sql`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """What a load did to the table; depends on what was there before, so it goes to the log and nowhere else."""

    inserted: int
    updated: int
    unchanged: int
    deleted: int


def load_day(connection: Connection, run: RunId, events: Sequence[Mapping[str, Any]]) -> Changes:
    """Load all events of the run's date. Raises Misconfigured when a newer generation has been loaded."""
    date = {"logical_date": run.logical_date}
    with connection.transaction():
        connection.execute(statement("lock"))
        _refuse_older(connection, run)
        _stage(connection, run, events)
        inserted, updated, unchanged = _numbers(connection, "compare")
        deleted = connection.execute(statement("delete"), date).rowcount
        connection.execute(statement("upsert"))
        _verify(connection, run, expected=len(events))
        connection.execute(statement("record_load"), {**date, "generation": run.generation, "events": len(events)})
    return Changes(inserted=inserted, updated=updated, unchanged=unchanged, deleted=deleted)


def _refuse_older(connection: Connection, run: RunId) -> None:
    loaded = _numbers(connection, "loaded_generation", logical_date=run.logical_date)
    if loaded and loaded[0] > run.generation:
        raise Misconfigured(
            f"{run.logical_date} has been loaded from generation {loaded[0]}, generation {run.generation} does not "
            "replace it: rerun the date as a new generation"
        )


def _stage(connection: Connection, run: RunId, events: Sequence[Mapping[str, Any]]) -> None:
    connection.execute(statement("stage"))
    with connection.cursor() as cursor, cursor.copy(statement("copy")) as copy:
        for event in events:
            copy.write_row((event["id"], run.logical_date, *(event[field] for field in FIELDS)))


def _verify(connection: Connection, run: RunId, *, expected: int) -> None:
    (found,) = _numbers(connection, "count", logical_date=run.logical_date)
    if found != expected:
        raise BadData(f"{run.logical_date}: {expected} events were loaded, the table has {found}; rolled back")


def _numbers(connection: Connection, name: str, **parameters: object) -> tuple[int, ...]:
    """The whole numbers of a statement's only row, none when it has no row."""
    row = connection.execute(statement(name), parameters).fetchone()
    return () if row is None else tuple(int(str(value)) for value in row)
