"""Which calls and attempts the faults hit: counted, and drawn by a seed, so that a story can be told again.

The one place that knows how often something has happened. Thread-safe.
"""

from __future__ import annotations

import hashlib
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from tools.emulator.faults import Fault, Kind

_MINUTE = 60.0
_RANGE = 1 << 64


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """Faults and the seed that the shares are drawn by."""

    faults: tuple[Fault, ...] = ()
    seed: int = 0


@dataclass(slots=True)
class _Entry:
    fault: Fault
    number: int
    met: int = 0
    hit: int = 0
    tokens: float = 0.0
    filled: float = 0.0


class Script:
    """See the module. `monotonic` is a clock in seconds, for quotas."""

    def __init__(self, plan: Plan, monotonic: Callable[[], float]) -> None:
        self._monotonic = monotonic
        self._lock = threading.Lock()
        self.replace(plan)

    def replace(self, plan: Plan) -> None:
        """Forget what was, and begin to count anew."""
        now = self._monotonic()
        entries = [
            _Entry(fault, number, tokens=fault.per_minute, filled=now) for number, fault in enumerate(plan.faults)
        ]
        with self._lock:
            self._plan, self._entries = plan, entries

    def plan(self) -> tuple[Plan, Sequence[int], Sequence[int]]:
        """What is to come, how many calls or attempts each fault was about so far, and how many of these it hit."""
        with self._lock:
            return self._plan, [entry.met for entry in self._entries], [entry.hit for entry in self._entries]

    def call(self, method: str, job: str) -> tuple[Fault, ...]:
        """The faults that hit this call."""
        with self._lock:
            about = [entry for entry in self._entries if entry.fault.is_about_call(method, job)]
            return tuple(entry.fault for entry in about if self._hits(entry))

    def attempt(self, job: str) -> tuple[Fault, ...]:
        """The faults that hit this attempt."""
        with self._lock:
            about = [entry for entry in self._entries if entry.fault.is_about_attempt(job)]
            return tuple(entry.fault for entry in about if self._hits(entry))

    def _hits(self, entry: _Entry) -> bool:
        entry.met += 1
        hits = self._is_due(entry)
        entry.hit += hits
        return hits

    def _is_due(self, entry: _Entry) -> bool:
        fault = entry.fault
        if fault.kind is Kind.QUOTA:
            return not self._has_token(entry)
        if fault.share is not None:
            return _drawn(self._plan.seed, entry.number, entry.met) < fault.share
        return entry.met >= fault.nth and (fault.times is None or entry.met < fault.nth + fault.times)

    def _has_token(self, entry: _Entry) -> bool:
        now = self._monotonic()
        rate = entry.fault.per_minute / _MINUTE
        entry.tokens = min(entry.fault.per_minute, entry.tokens + (now - entry.filled) * rate)
        entry.filled = now
        if entry.tokens < 1:
            return False
        entry.tokens -= 1
        return True


def _drawn(*parts: int) -> float:
    """A number from 0 to 1 that follows from the parts alone."""
    digest = hashlib.sha256(repr(parts).encode()).digest()
    return int.from_bytes(digest[:8], "big") / _RANGE
