"""Which day a run is about: the trigger's local day in the pipeline's zone, minus the offset.

Computed once, when a run is opened; the first event of the run's log fixes it.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo
from collections.abc import Collection

from orchestrator.core.model import Schedule


def logical_date(schedule: Schedule, now: dt.datetime) -> dt.date:
    """The logical date of a run that is triggered now."""
    return local_day(schedule, now) - dt.timedelta(days=schedule.offset_days)


def local_day(schedule: Schedule, now: dt.datetime) -> dt.date:
    """The calendar day in the pipeline's zone."""
    return now.astimezone(zoneinfo.ZoneInfo(schedule.time_zone)).date()


def span(first: dt.date, last: dt.date) -> tuple[dt.date, ...]:
    """Every day from the first to the last, both included; none if the last comes before the first."""
    return tuple(first + dt.timedelta(days=n) for n in range((last - first).days + 1))


def missed(due: dt.date, known: Collection[dt.date], *, most: int) -> tuple[dt.date, ...]:
    """The days that a scheduler failed to trigger, oldest first: of the `most` before the due one, those without a run.

    A day counts from the pipeline's first run on: before it there was nothing to be triggered.
    """
    if not known or most == 0:
        return ()
    first = max(min(known), due - dt.timedelta(days=most))
    return tuple(day for day in span(first, due - dt.timedelta(days=1)) if day not in known)
