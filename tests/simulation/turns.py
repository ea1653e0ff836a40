"""Virtual time, and actors of whom one runs at a time: who goes on when follows from the case alone.

An actor is unchanged synchronous code in a thread of its own. It holds the turn until it pauses; then whoever is due
first goes on, and time jumps there. Nothing here reads a clock, draws a number or waits for anything but its turn.
"""

from __future__ import annotations

import heapq
import threading
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType
from typing import Self

from orchestrator.testing.fakes import BEGIN


class Crash(BaseException):
    """The process of an actor died here: nothing that it does on the way out reaches the world."""


class Crew:
    """Threads that play actors, one case after another: to make one costs more than to play a short part."""

    def __init__(self) -> None:
        self._idle: list[_Player] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, err: BaseException | None, trace: TracebackType | None
    ) -> None:
        for player in self._idle:
            player.dismiss()

    def hire(self) -> _Player:
        """A thread that plays nothing now."""
        return self._idle.pop() if self._idle else _Player()

    def rest(self, player: _Player) -> None:
        """Take a thread back."""
        self._idle.append(player)


class _Player:
    """A thread that waits for its turn, plays a part, and waits for the next one."""

    def __init__(self) -> None:
        self.turn = threading.Lock()
        self.turn.acquire()
        self.part: Callable[[], None] | None = None
        self._thread = threading.Thread(target=self._play, daemon=True)
        self._thread.start()

    def dismiss(self) -> None:
        self.part = None
        self.turn.release()
        self._thread.join()

    def _play(self) -> None:
        self.turn.acquire()
        while self.part is not None:
            self.part()
            self.turn.acquire()


class Actor:
    """Somebody who acts in a case: a process of the orchestrator, by its name."""

    def __init__(self, name: str, body: Callable[[], None]) -> None:
        self.name = name
        self.body = body
        self.player: _Player | None = None


class Turns:
    """The order of everything that happens in one case. `halted` unwinds all actors: the case is over."""

    def __init__(self, crew: Crew) -> None:
        self.now: datetime = BEGIN
        self.halted: bool = False
        self._crew = crew
        self._queue: list[tuple[datetime, int, Actor | Callable[[], None]]] = []
        self._count = 0
        self._acting: Actor | None = None
        self._broken: Exception | None = None
        self._over = threading.Lock()
        self._over.acquire()

    def later(self, time: timedelta, what: Actor | Callable[[], None]) -> None:
        """Let an actor enter, or something happen by itself, after this time."""
        self._count += 1
        heapq.heappush(self._queue, (self.now + time, self._count, what))

    def pause(self, time: timedelta) -> None:
        """Let the acting actor go on after this time, and others before; without one, let time pass."""
        me = self._acting
        if me is None:
            self._pass(time)
            return
        if self.halted:
            raise Crash
        self.later(time, me)
        if (other := self._next()) is not me:
            self._give(other)
            if me.player is not None:
                me.player.turn.acquire()
        self._acting = me
        if self.halted:
            raise Crash

    def run(self) -> None:
        """Let everything happen until nothing is left to."""
        if (first := self._next()) is not None:
            self._give(first)
            self._over.acquire()
        self._acting = None
        if self._broken is not None:
            raise self._broken

    def _pass(self, time: timedelta) -> None:
        end = self.now + time
        while self._queue and self._queue[0][0] <= end:
            self.now, _, what = heapq.heappop(self._queue)
            if not isinstance(what, Actor):
                what()
        self.now = end

    def _next(self) -> Actor | None:
        """Let happen what happens by itself until an actor is due."""
        while self._queue:
            self.now, _, what = heapq.heappop(self._queue)
            if isinstance(what, Actor):
                return what
            if not self.halted:
                self._happen(what)
        return None

    def _happen(self, what: Callable[[], None]) -> None:
        try:
            what()
        except Exception as err:  # noqa: BLE001  (raised again by `run`: the thread is one of any actor)
            self._broken = err
            self.halted = True

    def _give(self, other: Actor | None) -> None:
        if other is None:
            self._over.release()
            return
        if other.player is None:
            other.player = self._crew.hire()
            other.player.part = lambda: self._live(other)
        other.player.turn.release()

    def _live(self, actor: Actor) -> None:
        self._acting = actor
        try:
            if not self.halted:
                actor.body()
        except Crash:
            pass
        finally:
            if actor.player is not None:
                self._crew.rest(actor.player)
            self._give(self._next())
