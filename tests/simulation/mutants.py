"""Deliberate defects, each of which the simulation must find: what it never finds, it does not check.

A mutant takes the place of a function in memory while its cases run; no source is edited. The first half are defects
of the orchestrator, the second of what it relies on: stores, runners, the step kit.
"""

# ruff: noqa: SLF001  (a mutant takes the place of what is private)
from __future__ import annotations

import contextlib
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from orchestrator.core import again, events, plan, states
from orchestrator.core.errors import Conflict, Unavailable
from orchestrator.core.events import Event, Failure, FailureKind, Recorded
from orchestrator.core.launch import launch
from orchestrator.core.model import Pipeline
from orchestrator.core.states import RunView, StepState, fold
from orchestrator.engine import lease, trigger
from orchestrator.engine.engine import _Driver
from orchestrator.engine.journal import Journal
from orchestrator.engine.lease import Heartbeat, Terms
from orchestrator.ports import Clock, Ended, Execution, Gone, Interrupt, Lease, Store
from orchestrator.testing.memory import MemoryStore
from steps.kit.contract import AttemptId, RunId
from tests.simulation import cloud
from tests.simulation.cloud import Cloud
from tests.simulation.drawing import draw
from tests.simulation.ports import SimulatedRunner, execution_of
from tests.simulation.simulation import Result, simulate
from tests.simulation.turns import Crew


@dataclass(frozen=True, slots=True)
class Mutant:
    """A defect: what it is in words, whose function it replaces by what, and the scenario in which it shows."""

    what: str
    scenario: str
    owner: Any
    name: str
    by: Any

    @contextlib.contextmanager
    def alive(self) -> Iterator[None]:
        """The defect is there meanwhile."""
        whole = vars(self.owner)[self.name]
        setattr(self.owner, self.name, self.by)
        try:
            yield
        finally:
            setattr(self.owner, self.name, whole)


def hunt(mutant: Mutant, crew: Crew, *, most: int, first: int = 1) -> tuple[int, Result | None]:
    """How many seeds it took to find the mutant, and what was found; None if so many did not show it."""
    with mutant.alive():
        for count in range(1, most + 1):
            result = simulate(draw(mutant.scenario, first + count - 1), crew)
            if result.problem:
                return count, result
    return most, None


def _start_before_intent(self: _Driver, attempt: AttemptId) -> None:
    self._heartbeat.keep()
    self._started(self._world.runner.start(launch(self._journal.view, attempt)))


class _Deaf(Heartbeat):
    def keep(self) -> bool:
        return False


def _start_without_looking(self: _Driver, attempt: AttemptId) -> None:
    heartbeat = self._heartbeat
    self._heartbeat = _Deaf(
        self._world.store, attempt.run, driver=self._world.driver, clock=self._world.clock, terms=self._world.terms
    )
    try:
        _start(self, attempt)
    finally:
        self._heartbeat = heartbeat


_start = _Driver._start


def _start_that_knows_better(self: _Driver, attempt: AttemptId) -> None:
    try:
        _start(self, attempt)
    except Unavailable as err:
        now = self._world.clock.now()
        failure = Failure(kind=FailureKind.NOT_STARTED, message=str(err))
        self._record(events.Failed(at=now, ended=now, attempt=attempt, failure=failure))


def _adopt_without_finding(self: _Driver, attempt: AttemptId) -> None:
    if self._journal.view.steps[attempt.step].state is StepState.STARTING:
        self._heartbeat.keep()
        self._start(attempt)
    else:
        self._record(events.Lost(at=self._world.clock.now(), attempt=attempt, message="not mine"))


def _adopt_without_cancelling(self: _Driver, attempt: AttemptId) -> None:
    self._heartbeat.keep()
    state = self._journal.view.steps[attempt.step].state
    found = self._world.runner.find(attempt)
    if found is None and state is StepState.STARTING:
        self._start(attempt)
    elif found is None:
        self._record(events.Lost(at=self._world.clock.now(), attempt=attempt, message="not found"))
    elif state is StepState.STARTING:
        self._started(found)
    else:
        self._executions[attempt] = found
        self._record(events.Adopted(at=self._world.clock.now(), attempt=attempt, execution=found.name))


def _unwanted_only_if_barred(self: _Driver, attempt: AttemptId) -> str:
    return "barred" if attempt.step in self._barred else ""


def _commit_over_others(self: Journal) -> None:
    while self._pending:
        try:
            self._store.append(self._run, self._committed.seq, self._pending)
        except Conflict:
            self._committed = fold(self._store.read(self._run))
        else:
            self._pending.clear()
            self._committed = self.view = fold(self._store.read(self._run))


def _refresh_blind(self: Journal) -> bool:
    asked = self._store.read(self._run, self._committed.seq)
    self._committed = fold(asked, self._committed) if asked else self._committed
    return bool(asked)


def _keep_always(self: Heartbeat) -> bool:
    self._store.claim(self._run, self._driver, ttl=lease.TERMS.ttl)
    return True


def _keep_from_the_start(self: Heartbeat) -> bool:
    """As it was: the time counts from when the process woke, not from its claim."""
    if self._last is None:
        self._last = self._clock.now()
    return _keep(self)


_keep = Heartbeat.keep


def _take_at_a_glance(
    store: Store,
    run: RunId,
    *,
    driver: str,
    clock: Clock,  # noqa: ARG001
    interrupt: Interrupt,  # noqa: ARG001
    terms: Terms,
) -> Lease:
    return store.claim(run, driver, ttl=terms.ttl)


def _take_anyway(
    store: Store,
    run: RunId,
    *,
    driver: str,
    clock: Clock,  # noqa: ARG001
    interrupt: Interrupt,  # noqa: ARG001
    terms: Terms,
) -> Lease:
    held = store.claim(run, driver, ttl=terms.ttl)
    return Lease(driver=driver, beats=held.beats)


def _retry_everything(view: RunView, start: str | None) -> tuple[str, ...]:  # noqa: ARG001
    return tuple(view.steps)


def _needs_nothing(pipeline: Pipeline, view: RunView, name: str, now: datetime) -> bool:
    return view.steps[name].state is StepState.PENDING or _ready(pipeline, view, name, now)


_ready = plan._ready


_end = plan._end


def _never_cancelled(pipeline: Any, view: RunView, now: datetime) -> Any:
    return None if view.cancelled_by else _end(pipeline, view, now)


def _never_enough(step: Any, view: Any, attempt: AttemptId, *, now: datetime, end: object) -> plan.Action:  # noqa: ARG001
    return plan.ScheduleRetry(step=step.name, number=view.number + 1, due=now)


def _done_when_one_is(pipeline: Any, view: RunView, now: datetime, **more: Any) -> Any:
    if view.state is states.RunState.DRIVEN and view.in_state(StepState.SUCCEEDED):
        return (plan.Finish(outcome=events.Outcome.SUCCEEDED),)
    return _decide(pipeline, view, now, **more)


_decide = plan.decide


def _append_anywhere(self: MemoryStore, run: RunId, expected: int, made: Sequence[Event]) -> tuple[Recorded, ...]:
    recorded = tuple(Recorded(run=run, seq=expected + number, event=event) for number, event in enumerate(made, 1))
    self.logs[run] = [*self.logs.get(run, []), *recorded]
    return recorded


def _append_behind(self: MemoryStore, run: RunId, expected: int, made: Sequence[Event]) -> tuple[Recorded, ...]:
    """Numbers go on from the log's end, wherever the writer thought that it was."""
    return _append(self, run, max(expected, len(self.logs.get(run, []))), made)


_append = MemoryStore.append


def _claim_nothing(self: Cloud, execution: cloud.Execution, task: int) -> None:
    if execution.ended is None and not execution.cancelled:
        self._work(execution, task)


def _publish_nothing(self: Cloud, execution: cloud.Execution, task: int) -> bool:  # noqa: ARG001
    return False


def _find_at_a_glance(self: SimulatedRunner, attempt: AttemptId) -> Execution | None:
    found = self._look(attempt)
    return execution_of(found) if found is not None else None


def _end_of_any(self: SimulatedRunner, every: Sequence[cloud.Execution]) -> Ended | Gone | None:  # noqa: ARG001
    return next((each.outcome for each in every if each.ended is not None), None)


def _cancel_the_first(self: SimulatedRunner, execution: Execution) -> None:
    for each in self._every(execution)[:1]:
        self._cloud.cancel(each)


MUTANTS: Sequence[Mutant] = (
    Mutant("an attempt is started before its intent is in the log", "calm", _Driver, "_start", _start_before_intent),
    Mutant("an attempt is started without a look at the lease", "zombies", _Driver, "_start", _start_without_looking),
    Mutant("a start without an answer counts as not started", "doubles", _Driver, "_start", _start_that_knows_better),
    Mutant("a new driver does not look for what runs", "crashes", _Driver, "_adopt", _adopt_without_finding),
    Mutant("a new driver does not repeat the order to stop", "stops", _Driver, "_adopt", _adopt_without_cancelling),
    Mutant("what was intended is started whatever came", "cancels", _Driver, "_unwanted", _unwanted_only_if_barred),
    Mutant("a driver writes on after a conflict", "zombies", Journal, "commit", _commit_over_others),
    Mutant("a driver takes another driver's events for a person's", "zombies", Journal, "refresh", _refresh_blind),
    Mutant("a driver does not mind that the lease is another's", "zombies", Heartbeat, "keep", _keep_always),
    Mutant("the first look at the lease comes a heartbeat late", "zombies", Heartbeat, "keep", _keep_from_the_start),
    Mutant("a second trigger believes in the first without a sign", "crashes", trigger, "take", _take_at_a_glance),
    Mutant("a second trigger drives whoever holds the lease", "crashes", trigger, "take", _take_anyway),
    Mutant("a retry does all steps again", "again", again, "to_retry", _retry_everything),
    Mutant("a step waits for nothing", "calm", plan, "_ready", _needs_nothing),
    Mutant("a cancelled run goes on", "cancels", plan, "_end", _never_cancelled),
    Mutant("a step is tried for ever", "calm", plan, "_after_failure", _never_enough),
    Mutant("a run is done when one step is", "calm", plan, "decide", _done_when_one_is),
    Mutant("the store does not look at the number", "zombies", MemoryStore, "append", _append_anywhere),
    Mutant("the store numbers anew instead", "zombies", MemoryStore, "append", _append_behind),
    Mutant("a task works without its claim", "zombies", Cloud, "_claim", _claim_nothing),
    Mutant("a task does not look at what is published", "storm", Cloud, "_is_published", _publish_nothing),
    Mutant("a runner trusts its first look", "doubles", SimulatedRunner, "find", _find_at_a_glance),
    Mutant("a runner takes the end of one execution for all", "doubles", SimulatedRunner, "_merged", _end_of_any),
    Mutant("a runner cancels one execution of two", "doubles", SimulatedRunner, "_cancel", _cancel_the_first),
)
"""Every defect that must be found."""
