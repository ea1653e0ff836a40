"""`nightjar run` in a world that a test composes: on a short lease, at a store where its process stops dead.

Started as a program (`python -m tests.crash.driver`). Everything in it is the product's own but two values that the
engine takes: the terms of the lease, and the store, whose appends go through `Watched`. That one stops this very
process by a signal at one moment, and opens gates for the steps of a crash site. Nothing of it ships.
"""

from __future__ import annotations

import argparse
import contextlib
import dataclasses
import os
import signal
import sys
from collections.abc import Iterator, Sequence
from datetime import date, timedelta
from pathlib import Path
from typing import Any

from orchestrator import app, config
from orchestrator.app import Session
from orchestrator.commands import driving
from orchestrator.core import events
from orchestrator.core.errors import NightjarError
from orchestrator.core.events import AttemptEvent, Event, Recorded, StepEvent
from orchestrator.engine.engine import World
from orchestrator.engine.lease import Terms
from orchestrator.exits import of_error
from orchestrator.ports import Lease, Store
from steps.kit.contract import RunId

SETTINGS = ("release", "date", "root", "state", "store", "storage", "environment", "bubblewrap")
_BEATS = 5
"""How often a lease is kept before it would run out; the command's own has as many."""
_LOOK = timedelta(milliseconds=50)


def name(event: Event) -> str:
    """An event as moments and transcripts call it: its kind, and whose it is."""
    match event:
        case AttemptEvent():
            return f"{event.kind} {event.attempt.step}/{event.attempt.number}"
        case StepEvent():
            return f"{event.kind} {event.step}"
        case _:
            return event.kind


@dataclasses.dataclass(frozen=True, slots=True, kw_only=True)
class Moment:
    """Right before or right after the append that brings an event, and the signal that this process gets there."""

    side: str
    event: str
    number: signal.Signals

    def strike(self, side: str, appended: Sequence[Event]) -> None:
        """Send the signal, if this is the moment."""
        if side == self.side and self.event in map(name, appended):
            os.kill(os.getpid(), self.number)


@dataclasses.dataclass(slots=True, kw_only=True)
class Watched:
    """See `ports.Store`: the store as it is, with a look at every append."""

    store: Store
    moment: Moment | None
    gates: Path | None

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        if self.moment is not None:
            self.moment.strike("before", events)
        recorded = self.store.append(run, expected, events)
        self._open_gates(events)
        if self.moment is not None:
            self.moment.strike("after", events)
        return recorded

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        return self.store.read(run, after)

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """See `ports.Store`."""
        return self.store.runs(pipeline, day=day, limit=limit)

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        return self.store.claim(run, driver, ttl=ttl)

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`."""
        self.store.release(run, driver)

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`."""
        return self.store.holder(run)

    def cursor(self, run: RunId, subscriber: str) -> int:
        """See `ports.Store`."""
        return self.store.cursor(run, subscriber)

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        self.store.move_cursor(run, subscriber, seq)

    def close(self) -> None:
        """See `ports.Store`."""
        self.store.close()

    def _open_gates(self, appended: Sequence[Event]) -> None:
        """What waits for the end of a step may go on once that end is in the log."""
        for event in appended:
            match event:
                case events.Succeeded() if self.gates is not None:
                    (self.gates / event.attempt.step).touch()
                case events.Exhausted() if self.gates is not None:
                    (self.gates / event.step).touch()
                case _:
                    pass


def main(arguments: Sequence[str] | None = None) -> int:
    """Run a day; the exit code is that of the command."""
    options = _parser().parse_args(arguments)
    flags = {setting: vars(options)[setting] for setting in SETTINGS}
    try:
        read = config.read({**flags, "log_format": "json"}, {})
    except NightjarError as err:
        print(err, file=sys.stderr)
        return of_error(err)
    return driving.run(read, driving.Decision(), catch_up=None, compose=lambda session: _composed(session, options))


@contextlib.contextmanager
def _composed(session: Session, options: argparse.Namespace) -> Iterator[World]:
    ttl = timedelta(seconds=options.lease)
    with app.world(session) as world:
        store = Watched(store=world.store, moment=options.at, gates=options.gates)
        yield dataclasses.replace(world, store=store, terms=Terms(ttl=ttl, beat=ttl / _BEATS, look=_LOOK))


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="driver", description=__doc__)
    for setting in SETTINGS:
        parser.add_argument(f"--{setting}", help="as of `nightjar run`")
    parser.add_argument("--lease", type=float, required=True, metavar="SECONDS", help="what the lease is given for")
    parser.add_argument("--gates", type=Path, metavar="DIR", help="where gates are opened for steps that have ended")
    parser.add_argument("--at", type=_moment, metavar="'SIGNAL SIDE EVENT'", help="when to stop dead")
    return parser


def _moment(text: str) -> Any:
    number, side, event = text.split(" ", 2)
    return Moment(side=side, event=event, number=signal.Signals[number])


if __name__ == "__main__":
    sys.exit(main())
