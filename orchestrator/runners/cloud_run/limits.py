"""How much is asked of Cloud Run: launches a minute, the common brake after a 429, and when to look again. Pure.

Seconds are of one monotonic clock and come in as arguments. The quotas of the Admin API are of a project and a region,
so whoever hits one slows every call of this runner down.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_BURST_SECONDS = 10.0
_FIRST_BRAKE = 1.0
_LONGEST_BRAKE = 60.0

FEW: Final = 20
"""Up to so many executions are asked one by one; more by one listing, where that is allowed."""
_SOONEST = 0.5
_PART_OF_AGE = 8
_LONG = 3600.0
_LATEST = 3.0
_LATEST_OF_LONG = 10.0
_LOOKS_A_SECOND = 8.0
_LISTING = 5.0
_LISTED_A_SECOND = 100.0


@dataclass(slots=True)
class Launches:
    """A token bucket: so many launches a minute, and those of ten seconds at once after a rest."""

    per_minute: int
    _free: float | None = None
    _at: float = 0.0

    def take(self, now: float) -> float:
        """Take a place; how long to wait until it comes."""
        rate = self.per_minute / 60
        burst = max(1.0, rate * _BURST_SECONDS)
        free = burst if self._free is None else min(burst, self._free + (now - self._at) * rate)
        self._free, self._at = free - 1, now
        return max(0.0, -self._free / rate)


@dataclass(slots=True)
class Brake:
    """Pauses all calls after a 429, twice as long after each further one; an answer after the pause lets go."""

    _pause: float = 0.0
    _until: float = 0.0

    def pull(self, now: float) -> None:
        """Somebody was told that it is too much; those that were under way with it do not count again."""
        if now >= self._until:
            self._pause = min(max(2 * self._pause, _FIRST_BRAKE), _LONGEST_BRAKE)
            self._until = now + self._pause

    def ease(self, now: float) -> None:
        """Somebody was answered."""
        if now >= self._until:
            self._pause = 0.0

    def wait(self, now: float) -> float:
        """How long nobody should call."""
        return max(0.0, self._until - now)


def until_next_look(age: float, *, waiting: int) -> float:
    """How long to wait between two looks at an execution of this age, with so many to look at.

    A young one is asked often, so that short steps follow each other at once; one of hours every ten seconds.
    """
    latest = _LATEST if age < _LONG else _LATEST_OF_LONG
    return max(min(max(age / _PART_OF_AGE, _SOONEST), latest), waiting / _LOOKS_A_SECOND)


def until_next_listing(waiting: int) -> float:
    """How long to wait between two listings of everything: reading a long one costs time of this process."""
    return _LISTING + waiting / _LISTED_A_SECOND
