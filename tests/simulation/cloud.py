"""The platform: executions that go on whoever watches, their tasks with the kit's claims, and what is published.

It keeps what the step kit promises (`steps/kit/entry.py`) and nothing that the orchestrator promises: it creates an
execution whenever it is asked, also the second one of an attempt. Everything that happens is told to a witness.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from random import Random
from typing import Protocol

from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.launch import Launch
from orchestrator.ports import Ended, Gone
from steps.kit.contract import AttemptId, RunId
from tests.simulation.cases import Act
from tests.simulation.turns import Turns

_GLANCE = 0.02
"""Between a task's look at what is published and its claim."""
_PLATFORM = timedelta(seconds=5)
"""How much later than its timeout the platform itself ends a task that does not end."""


@dataclass(slots=True, eq=False)
class Execution:
    """What RunJob made: `working` are the tasks that have their claim and work, `done` those that ended well."""

    name: str
    attempt: AttemptId
    digest: str
    tasks: int
    created: datetime
    visible: datetime
    by: str
    act: Act
    timeout: timedelta
    working: set[int] = field(default_factory=set)
    done: int = 0
    left: int = 0
    cancelled: bool = False
    failure: Failure | None = None
    gone: bool = False
    ended: datetime | None = None

    @property
    def outcome(self) -> Ended | Gone | None:
        """As the platform tells it."""
        if self.ended is None:
            return None
        return Gone(message="it vanished") if self.gone else Ended(at=self.ended, failure=self.failure)


class Witness(Protocol):
    """Whoever has to know what truly happens."""

    def created(self, execution: Execution) -> None:
        """An execution exists."""

    def works(self, execution: Execution, task: int) -> None:
        """A task has its claim and begins to work."""

    def published(self, execution: Execution, task: int) -> None:
        """A task's manifest exists."""

    def ended(self, execution: Execution) -> None:
        """Nothing of the execution runs any more."""


class Cloud:
    """All executions, claims and manifests of one case."""

    def __init__(
        self, turns: Turns, witness: Witness, random: Random, *, acts: Sequence[Act] = (), visible_within: float = 0.0
    ) -> None:
        self.visible_within = visible_within
        self.deployed: Mapping[str, str] = {}
        self.executions: dict[AttemptId, list[Execution]] = {}
        self.claims: dict[tuple[AttemptId, int], Execution] = {}
        self.manifests: dict[tuple[RunId, str, int], Execution] = {}
        self._turns = turns
        self._witness = witness
        self._random = random
        self._acts = {(act.step, act.number): act for act in acts}

    def now(self) -> datetime:
        """The time by the platform's own clock."""
        return self._turns.now

    def act(self, attempt: AttemptId) -> Act:
        """How an attempt goes."""
        return self._acts.get((attempt.step, attempt.number)) or Act(step=attempt.step, number=attempt.number)

    def create(self, launch: Launch, *, by: str) -> Execution:
        """Begin one more execution of an attempt."""
        attempt, now = launch.attempt, self._turns.now
        siblings = self.executions.setdefault(attempt, [])
        late = self._random.random() * self.visible_within if self._random.random() < 0.5 else 0.0  # noqa: PLR2004
        made = Execution(
            name=f"{attempt.step}-{attempt.number}-{chr(ord('a') + len(siblings))}",
            attempt=attempt,
            digest=launch.image.digest,
            tasks=launch.step.tasks,
            created=now,
            visible=now + timedelta(seconds=late),
            by=by,
            act=self.act(attempt),
            timeout=launch.step.timeout,
            left=launch.step.tasks,
        )
        siblings.append(made)
        self._witness.created(made)
        for task in range(made.tasks):
            delay = made.act.starts_after * (0.5 + self._random.random())
            self._later(delay, functools.partial(self._begin, made, task))
        return made

    def visible(self, attempt: AttemptId, *, named: str = "") -> list[Execution]:
        """The executions of an attempt that a look at the platform shows now, the first one first."""
        now = self.now()
        return [each for each in self.executions.get(attempt, ()) if each.visible <= now or each.name == named]

    def cancel(self, execution: Execution) -> None:
        """Ask an execution to end; it does so soon."""
        if not execution.cancelled:
            execution.cancelled = True
            self._later(self._random.random(), lambda: self._stop(execution))

    def vanish(self, execution: Execution) -> None:
        """Let everything of it disappear at once, without a status."""
        if execution.ended is None:
            execution.gone = True
            self._close(execution)

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        self._turns.later(timedelta(seconds=seconds), what)

    def _begin(self, execution: Execution, task: int) -> None:
        """The kit looks whether the task's result is there already."""
        if execution.ended is not None or execution.cancelled:
            return
        if self._is_published(execution, task):
            self._leave(execution, task)
        else:
            self._later(_GLANCE, lambda: self._claim(execution, task))

    def _is_published(self, execution: Execution, task: int) -> bool:
        return (execution.attempt.run, execution.attempt.step, task) in self.manifests

    def _claim(self, execution: Execution, task: int) -> None:
        """The kit claims the task of the attempt before it works."""
        if execution.ended is not None or execution.cancelled:
            return
        if self.claims.setdefault((execution.attempt, task), execution) is not execution:
            self._leave(execution, task)
            return
        self._work(execution, task)

    def _work(self, execution: Execution, task: int) -> None:
        execution.working.add(task)
        self._witness.works(execution, task)
        takes = execution.act.takes
        if takes is None:
            return
        limit = (execution.timeout + _PLATFORM).total_seconds()
        if takes < limit:
            self._later(takes * (1 + 0.2 * task), lambda: self._end(execution, task))
        else:
            self._later(limit, lambda: self._overdue(execution, task))

    def _end(self, execution: Execution, task: int) -> None:
        """The work is done: well, or as the act wants it."""
        if execution.ended is not None:
            return
        act = execution.act
        if act.vanishes and task == 0:
            self.vanish(execution)
            return
        if act.code and task == 0:
            failure = Failure(kind=FailureKind.EXIT_CODE, message=f"exited with {act.code}", code=act.code, task=task)
            self._leave(execution, task, failure)
            return
        key = (execution.attempt.run, execution.attempt.step, task)
        if self.manifests.setdefault(key, execution) is execution:
            self._witness.published(execution, task)
        self._leave(execution, task)

    def _overdue(self, execution: Execution, task: int) -> None:
        if execution.ended is None:
            failure = Failure(kind=FailureKind.TIMEOUT, message="the platform ended it at its timeout", task=task)
            self._leave(execution, task, failure)

    def _leave(self, execution: Execution, task: int, failure: Failure | None = None) -> None:
        execution.working.discard(task)
        execution.left -= 1
        execution.done += failure is None
        execution.failure = execution.failure or failure
        if execution.left == 0:
            self._close(execution)

    def _stop(self, execution: Execution) -> None:
        if execution.ended is None:
            execution.failure = Failure(kind=FailureKind.CANCELLED, message="it was cancelled")
            self._close(execution)

    def _close(self, execution: Execution) -> None:
        execution.working.clear()
        execution.ended = self._turns.now
        self._witness.ended(execution)
