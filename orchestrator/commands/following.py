"""`logs --follow`: what attempts say while they say it, until they have ended or Ctrl-C.

The end of an attempt is what the store says, or that nothing of it lives on this machine any more: where the driver has
died, nobody writes the end down.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import timedelta

from orchestrator.clock import SystemClock
from orchestrator.commands import finding
from orchestrator.commands.logs import Printer, Wanted
from orchestrator.core import history, states
from orchestrator.core.history import OPEN, Attempt
from orchestrator.core.states import RunState
from orchestrator.display import cloud_logs
from orchestrator.display.overview import Seen
from orchestrator.interrupt import SignalInterrupt
from orchestrator.ports import Store
from orchestrator.runners.output import Reader
from orchestrator.runners.output import of as output_of
from steps.kit.contract import AttemptId

_GLANCE = timedelta(seconds=0.5)


def follow(store: Store, seen: Seen, wanted: Wanted, printer: Printer) -> None:
    """Print what is said until the end."""
    interrupt = SignalInterrupt()
    clock = SystemClock(interrupt)
    listener = _Listener(wanted, printer)
    while True:
        attempts = listener.attempts(seen)
        # Looked at before the words are read: what is over says nothing after them.
        over = all(map(_is_over, attempts)) and (seen.view.state is not RunState.DRIVEN or listener.has_one(attempts))
        for attempt in attempts:
            listener.listen(attempt)
        if over or interrupt.reason:
            listener.finish()
            return
        clock.sleep(_GLANCE)
        seen = _again(store, seen)


class _Listener:
    """What was heard so far."""

    def __init__(self, wanted: Wanted, printer: Printer) -> None:
        self._wanted = wanted
        self._printer = printer
        self._readers: dict[tuple[AttemptId, int, str], Reader] = {}
        self._told: set[AttemptId] = set()

    def attempts(self, seen: Seen) -> list[Attempt]:
        """Of the named step the named attempt or the last; else those that run, and those that were heard before."""
        if self._wanted.step is None:
            return [each for each in seen.history.attempts if each.state in OPEN or each.id in self._told]
        attempts = seen.history.of(self._wanted.step)
        if self._wanted.attempt is not None:
            return [each for each in attempts if each.id.number == self._wanted.attempt]
        return [each for each in attempts if each.id in self._told] or list(attempts[-1:])

    def has_one(self, attempts: list[Attempt]) -> bool:
        """Whether the attempt that was asked for has begun; who follows a whole run awaits them all."""
        return self._wanted.step is not None and bool(attempts)

    def listen(self, attempt: Attempt) -> None:
        """Print what the attempt has said since."""
        if not attempt.log:
            return
        output = output_of(attempt.log)
        if attempt.id not in self._told:
            self._told.add(attempt.id)
            self._printer.heading(f"{attempt.id} {attempt.state}")
            if output is None:
                for line in cloud_logs.render(attempt, task=self._wanted.task, lines=self._wanted.lines, follow=True):
                    self._printer.note(line)
        if output is None or not output.exists:
            return
        for stream in output.streams(self._wanted.task):
            key = (attempt.id, stream.task, stream.name)
            if key not in self._readers:
                self._readers[key] = Reader(stream.path, lines=self._wanted.lines)
            self._print(key, self._readers[key].complete)
        self._printer.flush()

    def finish(self) -> None:
        """Print the lines that nothing ends."""
        for key, reader in self._readers.items():
            self._print(key, reader.unfinished)
        self._printer.flush()

    def _print(self, key: tuple[AttemptId, int, str], read: Callable[[], Iterator[str]]) -> None:
        attempt, task, _ = key
        several = len({(who, number) for who, number, _ in self._readers}) > 1
        prefix = f"{attempt.step} {task} | " if several and not self._printer.raw else ""
        for line in read():
            self._printer.line(line, prefix=prefix)


def _is_over(attempt: Attempt) -> bool:
    if attempt.state not in OPEN:
        return True
    output = output_of(attempt.log) if attempt.log else None
    if output is None:
        return bool(attempt.log)
    return not output.exists or not output.is_written()


def _again(store: Store, seen: Seen) -> Seen:
    """The run with what happened meanwhile."""
    log = (*seen.log, *store.read(seen.view.run, after=seen.log[-1].seq))
    return Seen(finding.as_it_is(store, states.fold(log)), history.read(log), log)
