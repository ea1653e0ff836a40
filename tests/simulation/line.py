"""The line of one process to the world: each call takes time, may meet a fault, and may be the last.

Nothing that a process does gets past its line, so a dead one does nothing, whatever its `finally` clauses try.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from orchestrator.core.errors import Unavailable
from tests.simulation.faults import Call, Fault, Kind
from tests.simulation.turns import Crash, Turns

_MOST = 2_500
"""Calls of one process; more means that it turns in circles."""


class Listener(Protocol):
    """Whoever keeps the story."""

    def met(self, fault: Fault) -> None:
        """A fault came to pass."""

    def broken(self, who: str, problem: str) -> None:
        """Something happened that must not."""


class Line:
    """One process's calls. `skew` is how far its clock is ahead."""

    def __init__(self, who: str, turns: Turns, listener: Listener, *, faults: Iterable[Fault], random: Random) -> None:
        self.who = who
        self.skew = timedelta()
        self.dead = False
        self._turns = turns
        self._listener = listener
        self._random = random
        self._faults: Mapping[tuple[Call, int], Fault] = {(fault.call, fault.nth): fault for fault in faults}
        self._count = Counter[Call]()
        self._calls = 0

    def now(self) -> datetime:
        """The time by the process's own clock."""
        return self._turns.now + self.skew

    def wait(self, time: timedelta) -> None:
        """Let time pass."""
        if self.dead:
            raise Crash
        self._turns.pause(max(time, timedelta()))

    def call[T](self, call: Call, effect: Callable[[], T]) -> T:
        """Reach the world, unless a fault keeps the process from it."""
        self.wait(timedelta(milliseconds=1 + self._random.random() * 30))
        self._calls += 1
        if self._calls > _MOST:
            self._listener.broken(self.who, f"it made {_MOST} calls and is not at an end")
            raise self._crash()
        if not self._faults:
            return effect()
        self._count[call] += 1
        fault = self._faults.get((call, self._count[call]))
        return effect() if fault is None else self._meet(fault, effect)

    def _meet[T](self, fault: Fault, effect: Callable[[], T]) -> T:
        self._listener.met(fault)
        match fault.kind:
            case Kind.CRASH_BEFORE:
                raise self._crash()
            case Kind.REFUSED:
                raise Unavailable(f"{fault.call} failed")
            case Kind.FROZEN:
                self.wait(timedelta(seconds=fault.seconds))
            case Kind.TWICE:
                effect()
            case _:
                pass
        answer = effect()
        match fault.kind:
            case Kind.CRASH_AFTER:
                raise self._crash()
            case Kind.LOST:
                raise Unavailable(f"{fault.call}: no answer came")
            case Kind.LATE:
                self.wait(timedelta(seconds=fault.seconds))
            case _:
                pass
        return answer

    def _crash(self) -> Crash:
        self.dead = True
        return Crash()
