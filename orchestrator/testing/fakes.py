"""A clock that is set, a runner that plays a script on it, a stop that a test requests: no waiting, no processes."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator.core.errors import NotStarted
from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.launch import Launch
from orchestrator.core.model import Release
from orchestrator.ports import Ended, Execution, Gone, Observation
from steps.kit.contract import AttemptId

BEGIN = datetime(2018, 2, 2, 5, 1, tzinfo=dt.UTC)


@dataclass(slots=True)
class FakeClock:
    """Time that passes only when somebody sleeps."""

    time: datetime = BEGIN

    def now(self) -> datetime:
        """See `ports.Clock`."""
        return self.time

    def sleep(self, time: timedelta) -> None:
        """See `ports.Clock`."""
        self.time += max(time, timedelta())


@dataclass(slots=True)
class FakeInterrupt:
    """A stop request that a test sets."""

    reason: str = ""

    def fileno(self) -> int:
        """There is nothing to wait upon."""
        return -1


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """How one attempt of a step goes. `takes` None is for ever, `gone` leaves no status behind."""

    takes: timedelta | None = timedelta(seconds=1)
    failure: Failure | None = None
    gone: bool = False
    refuses: bool = False


def exits(code: int, *, takes: timedelta = timedelta(seconds=1)) -> Act:
    """An attempt that ends with this exit code."""
    failure = Failure(kind=FailureKind.EXIT_CODE, message=f"exited with {code}", code=code, task=0) if code else None
    return Act(takes=takes, failure=failure)


@dataclass(slots=True)
class FakeRunner:
    """A platform: its executions go on whoever watches. The n-th attempt of a step plays the step's n-th act."""

    clock: FakeClock
    script: Mapping[str, Sequence[Act]] = field(default_factory=dict)
    problems: tuple[str, ...] = ()
    started: list[AttemptId] = field(default_factory=list)
    """Every execution that really began, in order."""
    cancelled: list[AttemptId] = field(default_factory=list)
    _running: dict[AttemptId, tuple[Act, datetime]] = field(default_factory=dict)

    def check(self, release: Release) -> tuple[str, ...]:  # noqa: ARG002
        """See `ports.Runner`."""
        return self.problems

    def start(self, launch: Launch) -> Execution:
        """See `ports.Runner`."""
        attempt = launch.attempt
        if attempt not in self._running:
            act = self._act(attempt)
            if act.refuses:
                raise NotStarted(f"{attempt}: the script says no")
            self._running[attempt] = (act, self.clock.now())
            self.started.append(attempt)
        return self._execution(attempt)

    def find(self, attempt: AttemptId) -> Execution | None:
        """See `ports.Runner`."""
        return self._execution(attempt) if attempt in self._running else None

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`. Moves the clock."""
        now = self.clock.now()
        ends = [end for each in executions if (end := self._end(each.attempt)) is not None]
        self.clock.sleep(min([*(end - now for end in ends), patience]))
        return tuple(self._observation(each.attempt) for each in executions)

    def cancel(self, execution: Execution) -> None:
        """See `ports.Runner`."""
        self.cancelled.append(execution.attempt)
        _, began = self._running[execution.attempt]
        if (end := self._end(execution.attempt)) is None or end > self.clock.now():
            failure = Failure(kind=FailureKind.CANCELLED, message="it was cancelled")
            self._running[execution.attempt] = (Act(takes=self.clock.now() - began, failure=failure), began)

    def close(self) -> None:
        """See `ports.Runner`."""

    def play(self, attempt: AttemptId, act: Act) -> None:
        """Change how a running attempt goes, counted from now."""
        self._running[attempt] = (act, self.clock.now())

    def _act(self, attempt: AttemptId) -> Act:
        acts = self.script.get(attempt.step, ())
        return acts[attempt.number - 1] if attempt.number <= len(acts) else Act()

    def _execution(self, attempt: AttemptId) -> Execution:
        return Execution(attempt=attempt, name=f"play {attempt.step} {attempt.number}", log=f"nowhere/{attempt}")

    def _end(self, attempt: AttemptId) -> datetime | None:
        act, began = self._running[attempt]
        return began + act.takes if act.takes is not None else None

    def _observation(self, attempt: AttemptId) -> Observation:
        act, _ = self._running[attempt]
        end = self._end(attempt)
        outcome: Ended | Gone | None = None
        if end is not None and end <= self.clock.now():
            outcome = Gone(message="it left no trace") if act.gone else Ended(at=end, failure=act.failure)
        return Observation(attempt=attempt, tasks_done=int(outcome is not None), outcome=outcome)
