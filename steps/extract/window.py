"""Half-open windows of time, and how a day is cut into them without a gap or an overlap. Pure."""

from __future__ import annotations

import datetime as dt
import itertools
from dataclasses import dataclass

MILLISECOND = dt.timedelta(milliseconds=1)
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True)
class Window:
    """The moments from `start` on and before `end`, both in UTC and on whole milliseconds."""

    start: dt.datetime
    end: dt.datetime

    def __str__(self) -> str:
        return f"{fdsn_time(self.start)}Z/{fdsn_time(self.end)}Z"

    def __contains__(self, milliseconds: int) -> bool:
        return since_epoch(self.start) <= milliseconds < since_epoch(self.end)

    @property
    def duration(self) -> dt.timedelta:
        """How long the window is; zero for a day that a time zone skipped."""
        return self.end - self.start


def cut(window: Window, count: int) -> tuple[Window, ...]:
    """`count` windows of equal length, to the millisecond, that together are the window."""
    total = window.duration // MILLISECOND
    edges = [window.start + MILLISECOND * (total * number // count) for number in range(count + 1)]
    return tuple(Window(start, end) for start, end in itertools.pairwise(edges))


def fdsn_time(moment: dt.datetime) -> str:
    """A moment as FDSN writes it: UTC, no zone, milliseconds."""
    return moment.astimezone(dt.UTC).replace(tzinfo=None).isoformat(timespec="milliseconds")


def since_epoch(moment: dt.datetime) -> int:
    """Whole milliseconds since 1970, as the services count them."""
    return (moment - _EPOCH) // MILLISECOND
