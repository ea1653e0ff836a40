"""Which day a run is about: the trigger's local day in the pipeline's zone, minus the offset.

Computed once, when a run is opened; the first event of the run's log fixes it.
"""

from __future__ import annotations

import datetime as dt
import zoneinfo

from orchestrator.core.model import Schedule


def logical_date(schedule: Schedule, now: dt.datetime) -> dt.date:
    """The logical date of a run that is triggered now."""
    return local_day(schedule, now) - dt.timedelta(days=schedule.offset_days)


def local_day(schedule: Schedule, now: dt.datetime) -> dt.date:
    """The calendar day in the pipeline's zone."""
    return now.astimezone(zoneinfo.ZoneInfo(schedule.time_zone)).date()
