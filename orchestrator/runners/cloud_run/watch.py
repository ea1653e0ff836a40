"""Watching executions: who is asked when, and what an answer changes.

Looks are made by the crew's threads and never waited for longer than the caller's patience. A look that fails is made
again, so one bad answer never ends a day: only when none succeeds for minutes is the platform unavailable
(`silence.py`). How an execution ended is found out in `examine.py`.
"""

from __future__ import annotations

import math
import time
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, field
from datetime import timedelta
from operator import attrgetter

from orchestrator.ports import Clock, Ended, Execution, Gone, Interrupt, Observation
from orchestrator.runners.cloud_run import limits
from orchestrator.runners.cloud_run.calls import CallFailed
from orchestrator.runners.cloud_run.examine import Look, examine
from orchestrator.runners.cloud_run.line import Line
from orchestrator.runners.cloud_run.settings import Settings
from orchestrator.runners.cloud_run.silence import Silence
from orchestrator.runners.cloud_run.states import Phase, Seen
from steps.kit.contract import AttemptId

_AT_ONCE = 16
"""How many looks are under way at most, so that a brake that is pulled is felt."""


@dataclass(slots=True, kw_only=True)
class _Watch:
    """What is known of one execution; times are of the monotonic clock."""

    execution: Execution
    began: float
    asked: float = -math.inf
    sent: float = -math.inf
    """When the look under way was asked for; its answer may lie unheard while the engine starts others."""
    known: bool = False
    """Whether Cloud Run ever told of it."""
    suspect: bool = False
    """Whether the listing says that it runs no more."""
    tasks_done: int = 0
    outcome: Ended | Gone | None = None
    look: Future[Look] | None = None


@dataclass(slots=True, kw_only=True)
class Watcher:
    """Watches whatever it is asked about. Used by the engine's thread."""

    line: Line
    settings: Settings
    clock: Clock
    interrupt: Interrupt
    silence: Silence
    _watches: dict[AttemptId, _Watch] = field(default_factory=dict)
    _listing: Future[dict[str, Seen]] | None = None
    _listed: float = -math.inf

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        until = time.monotonic() + patience.total_seconds()
        self._watches = {each.attempt: self._watch(each) for each in executions}
        watches = tuple(self._watches.values())
        while True:
            self._hear(watches)
            now = time.monotonic()
            due = self._ask(watches, now)
            if now >= until or self.interrupt.reason or any(each.outcome for each in watches):
                break
            self.line.crew.wait(min(until, due) - now)
        # An end is told once; whoever asks again is answered by the platform again.
        self._watches = {attempt: watch for attempt, watch in self._watches.items() if watch.outcome is None}
        return tuple(_observation(each) for each in watches)

    def _watch(self, execution: Execution) -> _Watch:
        known = self._watches.get(execution.attempt)
        return known or _Watch(execution=execution, began=time.monotonic())

    def _ask(self, watches: Sequence[_Watch], now: float) -> float:
        """Ask what is due, as far as the brake allows; when something will be due next."""
        if (braked := self.line.braked()) > 0:
            return now + braked
        waiting = [each for each in watches if each.outcome is None]
        listing = self.settings.poll_by_listing and len(waiting) > limits.FEW
        dues = [self._due_listing(waiting, now)] if listing else []
        free = _AT_ONCE - sum(each.look is not None for each in waiting)
        idle = sorted((each for each in waiting if each.look is None), key=attrgetter("asked"))
        for each in idle:
            due = _due(each, now, waiting=len(waiting), listing=listing)
            if due <= now and free > 0:
                free -= 1
                each.sent, each.look = now, self._look(each.execution)
            elif due > now:
                dues.append(due)
        return min(dues, default=math.inf)

    def _look(self, execution: Execution) -> Future[Look]:
        return self.line.submit(lambda client: examine(client, execution, self.clock.now()))

    def _due_listing(self, waiting: Sequence[_Watch], now: float) -> float:
        """List everything if that is due; when it will be next."""
        due = self._listed + limits.until_next_listing(len(waiting))
        if self._listing is None and due <= now:
            names = frozenset(each.execution.name for each in waiting)
            self._listing = self.line.submit(lambda client: client.among(names))
        return due if due > now else math.inf

    def _hear(self, watches: Sequence[_Watch]) -> None:
        """Take in the answers that have come."""
        now = time.monotonic()
        for each in watches:
            if each.look is not None and each.look.done():
                look, each.look, each.asked = each.look, None, now
                self._hear_look(each, look, now)
        if self._listing is not None and self._listing.done():
            listing, self._listing, self._listed = self._listing, None, now
            self._hear_listing(watches, listing, now)

    def _hear_look(self, watch: _Watch, look: Future[Look], now: float) -> None:
        try:
            seen = look.result()
        except CallFailed as err:
            self.silence.failed(err, now)
            return
        self.silence.over()
        watch.suspect = False
        if seen.created is not None:
            watch.began = now - (self.clock.now() - seen.created).total_seconds()
            watch.known = True
        elif not watch.known and watch.sent - watch.began < self.settings.visible:
            return  # It was started a moment ago, and a call that reads may not know that yet.
        watch.tasks_done, watch.outcome = max(watch.tasks_done, seen.tasks_done), seen.outcome

    def _hear_listing(self, watches: Sequence[_Watch], listing: Future[dict[str, Seen]], now: float) -> None:
        try:
            found = listing.result()
        except CallFailed as err:
            self.silence.failed(err, now)
            return
        self.silence.over()
        for each in watches:
            seen = found.get(each.execution.name)
            each.suspect = seen is None or seen.phase is not Phase.RUNNING
            if seen is not None:
                each.known, each.tasks_done = True, max(each.tasks_done, seen.tasks_done)


def _due(watch: _Watch, now: float, *, waiting: int, listing: bool) -> float:
    if watch.suspect:
        return now
    if listing:
        return math.inf
    return watch.asked + limits.until_next_look(now - watch.began, waiting=waiting)


def _observation(watch: _Watch) -> Observation:
    return Observation(attempt=watch.execution.attempt, tasks_done=watch.tasks_done, outcome=watch.outcome)
