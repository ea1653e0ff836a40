"""Store, runner and clock as one simulated process sees them: the contracts of `orchestrator/ports.py` over its line.

The store is the reference implementation (`orchestrator/testing/memory.py`) behind a line that takes time and fails.
The runner does over the platform what a runner for Cloud Run has to do: it looks before it creates, trusts an absence
only after the platform's delay of sight, and tells the end of an attempt when all executions of it have ended.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, datetime, timedelta

from orchestrator.core.errors import NotStarted, Redeployed
from orchestrator.core.events import Event, Recorded
from orchestrator.core.launch import Launch
from orchestrator.core.model import Release
from orchestrator.ports import Ended, Execution, Gone, Lease, Observation
from orchestrator.testing.memory import MemoryStore
from steps.kit.contract import AttemptId, RunId
from tests.simulation import cloud
from tests.simulation.checker import Checker
from tests.simulation.cloud import Cloud
from tests.simulation.faults import Call
from tests.simulation.line import Line

_LOOK = timedelta(seconds=0.5)


class SimulatedClock:
    """See `ports.Clock`: the machine's own idea of the time."""

    def __init__(self, line: Line) -> None:
        self._line = line

    def now(self) -> datetime:
        """See `ports.Clock`."""
        return self._line.now()

    def sleep(self, time: timedelta) -> None:
        """See `ports.Clock`."""
        self._line.wait(time)


class SimulatedStore:
    """See `ports.Store`."""

    def __init__(self, line: Line, truth: MemoryStore, checker: Checker) -> None:
        self._line = line
        self._truth = truth
        self._checker = checker

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        recorded = self._line.call(Call.APPEND, lambda: self._append(run, expected, tuple(events)))
        self._checker.knows(self._line.who, recorded)
        return recorded

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        recorded = self._line.call(Call.READ, lambda: self._truth.read(run, after))
        self._checker.knows(self._line.who, recorded)
        return recorded

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """See `ports.Store`."""
        return self._line.call(Call.RUNS, lambda: self._truth.runs(pipeline, day=day, limit=limit))

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        lease = self._line.call(Call.CLAIM, lambda: self._claim(run, driver, ttl))
        self._checker.lease_seen(self._line.who, run, lease, self._line.now())
        return lease

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`."""
        self._line.call(Call.RELEASE, lambda: self._truth.release(run, driver))

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`."""
        return self._line.call(Call.HOLDER, lambda: self._truth.holder(run))

    def cursor(self, run: RunId, subscriber: str) -> int:
        """See `ports.Store`."""
        return self._line.call(Call.READ, lambda: self._truth.cursor(run, subscriber))

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """See `ports.Store`."""
        self._line.call(Call.APPEND, lambda: self._truth.move_cursor(run, subscriber, seq))

    def close(self) -> None:
        """See `ports.Store`."""

    def _append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        recorded = self._truth.append(run, expected, events)
        self._checker.appended(self._line.who, recorded)
        return recorded

    def _claim(self, run: RunId, driver: str, ttl: timedelta) -> Lease:
        lease = self._truth.claim(run, driver, ttl=ttl)
        self._checker.claimed(self._line.who, run, lease)
        return lease


class SimulatedRunner:
    """See `ports.Runner`."""

    def __init__(self, line: Line, platform: Cloud, checker: Checker) -> None:
        self._line = line
        self._cloud = platform
        self._checker = checker
        self._made: dict[AttemptId, cloud.Execution] = {}
        self._blind = timedelta(seconds=platform.visible_within)

    def check(self, release: Release) -> tuple[str, ...]:  # noqa: ARG002
        """See `ports.Runner`."""
        return self._line.call(Call.CHECK, tuple[str, ...])

    def start(self, launch: Launch) -> Execution:
        """See `ports.Runner`."""
        self._checker.starting(self._line.who, launch, self._line.now())
        found = self._look(launch.attempt) or self._line.call(Call.CREATE, lambda: self._create(launch))
        return execution_of(found)

    def find(self, attempt: AttemptId) -> Execution | None:
        """See `ports.Runner`."""
        found = self._look(attempt)
        if found is None and self._blind:
            self._line.wait(self._blind)
            found = self._look(attempt)
        return execution_of(found) if found is not None else None

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        left = patience
        while True:
            seen = self._line.call(Call.OBSERVE, lambda: tuple(map(self._observation, executions)))
            if left <= timedelta() or any(each.outcome is not None for each in seen):
                return seen
            self._line.wait(min(left, _LOOK))
            left -= _LOOK

    def cancel(self, execution: Execution) -> None:
        """See `ports.Runner`."""
        self._line.call(Call.CANCEL, lambda: self._cancel(execution))

    def close(self) -> None:
        """See `ports.Runner`."""

    def _look(self, attempt: AttemptId) -> cloud.Execution | None:
        seen = self._line.call(Call.LOOK, lambda: self._cloud.visible(attempt))
        return next(iter(seen), self._made.get(attempt))

    def _create(self, launch: Launch) -> cloud.Execution:
        attempt = launch.attempt
        if self._cloud.act(attempt).refused:
            raise NotStarted(f"{attempt}: the platform says no")
        deployed = self._cloud.deployed.get(attempt.step, launch.image.digest)
        if deployed != launch.image.digest:
            raise Redeployed(f"{attempt}: something else is deployed")
        self._made[attempt] = made = self._cloud.create(launch, by=self._line.who)
        return made

    def _every(self, execution: Execution) -> Sequence[cloud.Execution]:
        """What the platform shows of an attempt, and the execution whose name is known, which it always shows."""
        return self._cloud.visible(execution.attempt, named=execution.name)

    def _cancel(self, execution: Execution) -> None:
        for each in self._every(execution):
            self._cloud.cancel(each)

    def _observation(self, execution: Execution) -> Observation:
        """All executions of the attempt as one: it ends with the last of them, and well if each of them did."""
        every = self._every(execution)
        if any(each.cancelled for each in every):
            self._cancel(execution)  # Another one may have come up meanwhile.
        tasks_done = min(each.done for each in every)
        return Observation(attempt=execution.attempt, tasks_done=tasks_done, outcome=self._merged(every))

    def _merged(self, every: Sequence[cloud.Execution]) -> Ended | Gone | None:
        ends = [each.ended for each in every if each.ended is not None]
        # Whoever has left the work to another one was created after it; that one may not be seen yet.
        if not ends or len(ends) < len(every) or self._cloud.now() < max(ends) + self._blind:
            return None
        outcomes = [each.outcome for each in every]
        failed = [each for each in outcomes if isinstance(each, Ended) and each.failure is not None]
        gone = [each for each in outcomes if isinstance(each, Gone)]
        return next(each for each in [*failed, *gone, *outcomes])


def execution_of(found: cloud.Execution) -> Execution:
    """What a runner makes of it."""
    return Execution(attempt=found.attempt, name=found.name, log=f"logs/{found.name}")
