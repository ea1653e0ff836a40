"""What the database has of a logical date and the days before it, read in one snapshot."""

from __future__ import annotations

import datetime as dt
import pathlib
from dataclasses import dataclass
from typing import Any, Final

from steps.kit.postgres import Connection

_SQL: Final = pathlib.Path(__file__).parent / "sql"


@dataclass(frozen=True, slots=True, kw_only=True)
class PastDay:
    """A day that was loaded: how many events it has, and its largest magnitude."""

    logical_date: dt.date
    events: int
    largest: float | None


@dataclass(frozen=True, slots=True, kw_only=True)
class RegionCount:
    """Events of a region on the day, and on all the days before it together."""

    region: str
    today: int
    before: int


@dataclass(frozen=True, slots=True, kw_only=True)
class History:
    """The days before, oldest first, the day itself (None when it was not loaded), and the regions of the day."""

    past: tuple[PastDay, ...]
    today: PastDay | None
    regions: tuple[RegionCount, ...]


def read_history(connection: Connection, date: dt.date, *, trailing_days: int) -> History:
    """Read a date and as many days before it as were loaded, at most `trailing_days`."""
    window = {"first": date - dt.timedelta(days=trailing_days), "last": date}
    with connection.transaction():
        connection.execute(_statement("snapshot"))
        days = [_day(*row) for row in connection.execute(_statement("days"), window)]
        regions = [_region(*row) for row in connection.execute(_statement("regions"), window)]
    return History(
        past=tuple(day for day in days if day.logical_date < date),
        today=next((day for day in days if day.logical_date == date), None),
        regions=tuple(regions),
    )


def _day(logical_date: Any, events: Any, largest: Any) -> PastDay:
    return PastDay(logical_date=logical_date, events=events, largest=largest)


def _region(region: Any, today: Any, before: Any) -> RegionCount:
    return RegionCount(region=region, today=today, before=before)


def _statement(name: str) -> bytes:
    return (_SQL / f"{name}.sql").read_bytes()
