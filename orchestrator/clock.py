"""The real clock: the only place that asks the machine what time it is."""

from __future__ import annotations

import datetime as dt
import select
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.ports import Interrupt


@dataclass(frozen=True, slots=True)
class SystemClock:
    """See `ports.Clock`."""

    interrupt: Interrupt | None = None

    def now(self) -> datetime:
        """See `ports.Clock`."""
        return datetime.now(tz=dt.UTC)  # noqa: TID251  (this is the module that the rule names)

    def sleep(self, time: timedelta) -> None:
        """See `ports.Clock`."""
        wakes = [self.interrupt] if self.interrupt is not None else []
        select.select(wakes, [], [], max(time.total_seconds(), 0.0))
