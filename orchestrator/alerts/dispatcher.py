"""Tells webhooks of what is in the log: a subscriber with a durable cursor for each of them.

What was committed and not told, by whomever, is told by whoever drives next: at least once, in the order of the log.
The engine never waits for a receiver: sending is the couriers' (`courier`), and what goes wrong there becomes a line of
the log. Rules are in `rules` and `freshness`, the bookkeeping of one webhook in `channel`.
"""

from __future__ import annotations

import logging
import queue
import time
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final

from orchestrator.alerts import freshness
from orchestrator.alerts.channel import Channel
from orchestrator.alerts.courier import FIRST_PAUSE, Courier, End, Report
from orchestrator.alerts.rules import Scene, follow
from orchestrator.alerts.sink import Sink
from orchestrator.core.errors import BrokenLog, Unavailable
from orchestrator.core.events import Outcome, Recorded
from orchestrator.core.model import AlertKind, Pipeline
from orchestrator.core.states import RunView, fold
from orchestrator.ports import Store
from steps.kit.contract import AttemptId, RunId

_LOG = logging.getLogger(__name__)
_LOOK_BACK: Final = 32
"""Runs that are looked at for the newest success of a step."""


@dataclass(slots=True, kw_only=True)
class _Book:
    """What is known of a run: where its log was read to, how the run before it ended, how old outputs are."""

    scene: Scene
    previous: Outcome | None
    newest: Mapping[str, datetime]
    stale: set[tuple[str, str]] = field(default_factory=set)


class Alerts:
    """See `ports.Subscriber`. `sinks` are what there is for each webhook and the kinds that it is told of."""

    def __init__(
        self,
        sinks: Mapping[str, tuple[Sequence[AlertKind], Sink]],
        store: Store,
        *,
        first_pause: timedelta = FIRST_PAUSE,
    ) -> None:
        self._store = store
        self._books: dict[RunId, _Book] = {}
        self._reports: queue.SimpleQueue[Report] = queue.SimpleQueue()
        self._channels = {
            name: Channel(name, kinds, Courier(name, sink, self._reports, first_pause=first_pause), store)
            for name, (kinds, sink) in sinks.items()
        }

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """See `ports.Subscriber`. The first call of a run catches up on it, and on the run before it."""
        if not self._channels:
            return
        book = self._books.get(view.run)
        if book is None:
            self._catch_up_before(view.run)
            book = self._open(view.run)
        elif recorded[0].seq == book.scene.view.seq + 1:
            self._walk(book, recorded)
        else:
            self._read(book, view.run)
        self._look_at_age(book, recorded[-1].event.at)
        self._go_on()

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:  # noqa: ARG002
        """See `ports.Subscriber`."""
        if (book := self._books.get(view.run)) is not None:
            self._look_at_age(book, now)
        self._go_on()

    def catch_up(self, run: RunId) -> None:
        """Tell what was committed of a run and not told, whoever drove it. For a run that has ended already."""
        if self._channels and run not in self._books and self._store.read(run):
            self._open(run)
            self._go_on()

    def close(self, patience: timedelta) -> tuple[str, ...]:
        """Tell what can be told in this time, then stop; the keys of what was not told are returned and logged."""
        deadline = time.monotonic() + patience.total_seconds()
        try:
            self._go_on()
            while self._busy() and (left := deadline - time.monotonic()) > 0:
                self._account(self._reports.get(timeout=left))
                self._go_on()
        except queue.Empty:
            pass  # The time is over; what is left is said below.
        except Unavailable as err:
            _LOG.error("alerts: what was told cannot be recorded, it will be told again: %s", err)
        untold = tuple(key for channel in self._channels.values() for key in self._left(channel))
        for channel in self._channels.values():
            channel.close()
        return untold

    def _open(self, run: RunId) -> _Book:
        """Read a run's log from its beginning and offer each channel what it was not told of."""
        log = self._store.read(run)
        for channel in self._channels.values():
            channel.open(run)
        scene, _ = follow(None, log[0])
        wanted = {kind for channel in self._channels.values() for kind in channel.kinds}
        book = _Book(
            scene=scene,
            previous=self._outcome_before(run) if AlertKind.RECOVERED in wanted else None,
            newest=self._newest(run, scene.view.release.pipeline) if AlertKind.LATE in wanted else {},
        )
        self._walk(book, log[1:])
        self._books[run] = book
        return book

    def _read(self, book: _Book, run: RunId) -> None:
        """Read the log again, for those who had no room for all of it."""
        log = self._store.read(run)
        book.scene, _ = follow(None, log[0])
        self._walk(book, log[1:])

    def _walk(self, book: _Book, recorded: Sequence[Recorded]) -> None:
        for each in recorded:
            book.scene, alerts = follow(book.scene, each, previous=book.previous)
            for channel in self._channels.values():
                channel.offer(each.run, each.seq, alerts)

    def _catch_up_before(self, run: RunId) -> None:
        """The run before may have ended without a word: its driver died, or a receiver was out of reach."""
        before = next(self._before(run), None)
        if before is None or before in self._books:
            return
        view = self._view(before)
        # A webhook that is new since then wants no old news.
        if view is not None and self._channels.keys() & {rule.webhook for rule in view.release.pipeline.alerts}:
            self._open(before)

    def _before(self, run: RunId) -> Iterator[RunId]:
        return (each for each in self._store.runs(run.pipeline, limit=_LOOK_BACK) if each < run)

    def _outcome_before(self, run: RunId) -> Outcome | None:
        before = next(self._before(run), None)
        view = self._view(before) if before is not None else None
        return view.outcome if view is not None else None

    def _newest(self, run: RunId, pipeline: Pipeline) -> Mapping[str, datetime]:
        """The newest success, in other runs, of each step whose outputs have an age to watch."""
        newest: dict[str, datetime] = {}
        watched = freshness.watched(pipeline)
        others = [each for each in self._store.runs(run.pipeline, limit=_LOOK_BACK) if each != run] if watched else []
        for other in others:
            if watched <= newest.keys():
                break
            view = self._view(other)
            for name, at in (freshness.successes(view) if view is not None else {}).items():
                newest[name] = max(at, newest.get(name, at))
        return newest

    def _view(self, run: RunId) -> RunView | None:
        """Another run; None if this version cannot read it, which must not keep anybody from being told of this one."""
        try:
            return fold(self._store.read(run))
        except BrokenLog as err:
            _LOG.warning("alerts: passed over %s: %s", run, err)
            return None

    def _look_at_age(self, book: _Book, now: datetime) -> None:
        view = book.scene.view
        newest = {**book.newest, **freshness.successes(view)}
        for stale in freshness.freshness(view.release.pipeline, newest, now):
            if (stale.step, stale.output) in book.stale:
                continue
            for channel in self._channels.values():
                if AlertKind.LATE in channel.kinds:
                    channel.offer_once(freshness.alert(view.run, stale), about=f"{stale.step}/{stale.output}")
            book.stale.add((stale.step, stale.output))

    def _go_on(self) -> None:
        """Account for what the couriers report, offer again what had no room, and send on."""
        while not self._reports.empty():
            self._account(self._reports.get_nowait())
        for run, book in self._books.items():
            if any(channel.has_missed(run, book.scene.view.seq) for channel in self._channels.values()):
                self._read(book, run)
        for channel in self._channels.values():
            channel.go_on()

    def _account(self, report: Report) -> None:
        channel, key = self._channels[report.courier], report.alert.key
        match report.end:
            case End.TOLD:
                channel.end(told=True)
            case End.TROUBLED:
                _LOG.error("alert %s could not be told to %s: %s", key, channel.name, report.reason)
                channel.troubled = True
            case End.REFUSED:
                _LOG.error("alert %s was refused by %s: %s", key, channel.name, report.reason)
                channel.end(told=True)
            case End.PASSED_OVER:
                _LOG.warning("alert %s is passed over for %s: %s", key, channel.name, report.reason)
                channel.end(told=False)
            case End.CLOSED:
                words = "alert %s could not be told to %s: %s; nothing more is sent there, mend the secret's value"
                _LOG.error(words, key, channel.name, report.reason)
                channel.close()

    def _busy(self) -> bool:
        return any(channel.hopeful for channel in self._channels.values())

    def _left(self, channel: Channel) -> tuple[str, ...]:
        untold = channel.untold
        if untold:
            words = "%d alerts were not told to %s; whoever drives next tells them: %s"
            _LOG.warning(words, len(untold), channel.name, ", ".join(untold))
        return untold
