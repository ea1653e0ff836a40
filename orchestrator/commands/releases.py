"""What commands work on: the deployed release, and the day that is named or due."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from orchestrator import app
from orchestrator.config import Config
from orchestrator.core import dates
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.model import Release

_MOST = 3


def release_of(config: Config) -> Release:
    """The release that is deployed, from its file or its object."""
    if config.release is None:
        raise ConfigurationError(["which release? Name its file: --release release.json, or NIGHTJAR_RELEASE"])
    return app.release(config.release)


def day_of(config: Config, release: Release, now: datetime) -> date:
    """The day that is named, or the one that is due. Raises ConfigurationError for one to come."""
    if config.day is None:
        return dates.logical_date(release.pipeline.schedule, now)
    check_past([config.day], release, now)
    return config.day


def check_past(days: Iterable[date], release: Release, now: datetime) -> None:
    """Raise ConfigurationError if a day has not begun where the pipeline is at home."""
    schedule = release.pipeline.schedule
    today = dates.local_day(schedule, now)
    if problems := [
        f"{day} is in the future: in {schedule.time_zone} it is {today}; name an earlier day"
        for day in days
        if day > today
    ]:
        raise ConfigurationError(problems[:_MOST])
