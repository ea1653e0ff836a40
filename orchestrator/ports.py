"""What the engine needs from the world: a store of events, a runner of attempts, a clock, and who listens.

Each contract is written here and tested for every backend by one suite (`stores/test_store_contract.py`,
`runners/test_runner_contract.py`); `testing/` has a reference implementation of each. Only core is imported.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from typing import Protocol

from orchestrator.core.events import Event, Failure, Recorded
from orchestrator.core.launch import Launch
from orchestrator.core.model import Release
from orchestrator.core.states import RunView
from orchestrator.core.story import Severity
from steps.kit.contract import AttemptId, RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class Lease:
    """Who drives a run, as the store knew it when asked. `beats` grows with each heartbeat of the same driver."""

    driver: str
    beats: int


class Store(Protocol):
    """The event logs of all runs, one lease a run. Every method raises Unavailable when the store cannot be used."""

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """Add events at `expected` + 1 and on, all or none, durable on return. `expected` 0 creates the run.

        Raises Conflict, having changed nothing, when the log does not end at `expected`. Raises Unavailable when the
        store cannot be used: only then may the events be there or not.
        """

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """The log after a sequence number, in order and without gaps; empty for a run that does not exist."""

    def runs(self, pipeline: str | None = None, *, day: date | None = None, limit: int = 100) -> tuple[RunId, ...]:
        """The runs that exist, the latest logical date and generation first.

        One that somebody is about to create, or died creating, may be among them; its log is empty.
        """

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """Take the run's lease, or extend it by a heartbeat; the lease as it stands then.

        It is the caller's if its `driver` is. It is given when nobody holds it or when it ran out by the store's clock.
        """

    def release(self, run: RunId, driver: str) -> None:
        """Give the lease back, if this driver holds it."""

    def holder(self, run: RunId) -> str | None:
        """The driver whose lease has not run out, for those who only look."""

    def cursor(self, run: RunId, subscriber: str) -> int:
        """How far a subscriber has been told of this run: the sequence number of the last event, 0 for none."""

    def move_cursor(self, run: RunId, subscriber: str, seq: int) -> None:
        """Record that a subscriber has been told of every event up to `seq`; a cursor never moves back. Durable."""

    def close(self) -> None:
        """Let go of what the store holds of this machine; the store is not used afterwards."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """What a runner made of an attempt. `name` is the platform's name for people, `log` where its output is."""

    attempt: AttemptId
    name: str
    log: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """An execution ended at a known time: well, or with a failure."""

    at: datetime
    failure: Failure | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Gone:
    """Nothing of an execution runs any more and nothing says how it ended."""

    message: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Observation:
    """An execution as it is seen now; `outcome` is None while it runs."""

    attempt: AttemptId
    tasks_done: int
    outcome: Ended | Gone | None


class Runner(Protocol):
    """Runs attempts somewhere. Executions outlive the orchestrator. Raises Unavailable when the platform is."""

    def check(self, release: Release) -> tuple[str, ...]:
        """Everything that would keep a step of the release's pipeline from starting, a sentence with a remedy each."""

    def start(self, launch: Launch) -> Execution:
        """Start the attempt, or return the execution that it has already: an attempt is never executed twice knowingly.

        Raises NotStarted when it certainly does not run, and Redeployed when it does not because the platform has
        another image for the step than the launch names.
        """

    def find(self, attempt: AttemptId) -> Execution | None:
        """The attempt's execution, running or ended, whoever started it; None if there certainly was none when asked.

        A platform that may not show yet what exists is looked at again before the answer is None.
        """

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """Look at each execution, in order; return as soon as one has ended, or when patience is over.

        An execution that is reported as ended or gone leaves nothing running behind. Nothing can keep a driver that was
        frozen within `start` from doubling an attempt: whichever of the two comes second leaves the work to the other
        and ends well at once. So an attempt has ended when every execution of it has that exists by then, and well only
        if each of them did. With no executions it just waits. It returns early when a stop of the orchestrator is
        requested.
        """

    def cancel(self, execution: Execution) -> None:
        """Ask for the end of an execution and return at once; `observe` will tell it. Asking again is harmless.

        It is meant for the attempt: another execution of it ends as well, also one that comes up afterwards.
        """

    def close(self) -> None:
        """Let go of what the runner holds of this machine, leaving executions running."""


class Clock(Protocol):
    """The time."""

    def now(self) -> datetime:
        """Aware UTC time."""

    def sleep(self, time: timedelta) -> None:
        """Return after this time, or early when a stop of the orchestrator is requested."""


class Interrupt(Protocol):
    """Whether somebody asked the orchestrator to stop."""

    @property
    def reason(self) -> str:
        """Why it shall stop; empty while it shall not."""

    def fileno(self) -> int:
        """A descriptor that becomes readable when a stop is requested, to be waited upon beside others."""


class Subscriber(Protocol):
    """Somebody who is told. What it raises is logged and never stops a run."""

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """These events are in the log, `view` is the state with the last of them."""

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """Called about once a second while the engine waits."""


class Voice(Subscriber, Protocol):
    """A subscriber that speaks to whoever watches this process, in lines, in a moving picture or in JSON."""

    def say(self, severity: Severity, text: str) -> None:
        """Something that is not an event: a hint, a summary, a warning."""

    def close(self) -> None:
        """Leave the terminal tidy."""
