"""The loop that drives one run: read, decide, record, act, wait. It decides nothing itself (`core/plan.py` does).

Intent is committed before an effect, so that whoever comes after a crash knows what may exist in the world and looks
for it. The loop must never start anything that is not in the log, and never write on after a Conflict.
"""

from __future__ import annotations

import contextlib
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import assert_never

from orchestrator.core import events, plan
from orchestrator.core.errors import NotStarted, Redeployed, Unavailable
from orchestrator.core.events import Event, Failure, FailureKind
from orchestrator.core.launch import launch
from orchestrator.core.plan import Action
from orchestrator.core.states import RunState, RunView, StepState
from orchestrator.engine import outcomes
from orchestrator.engine.journal import Journal
from orchestrator.engine.lease import TERMS, Heartbeat, Terms
from orchestrator.ports import Clock, Execution, Interrupt, Runner, Store, Subscriber
from steps.kit.contract import AttemptId, RunId

TICK = timedelta(seconds=1)
"""The longest wait: heartbeats and progress want to be looked after."""


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """Everything outside of the core that a driver uses, and the name under which it drives."""

    store: Store
    runner: Runner
    clock: Clock
    interrupt: Interrupt
    driver: str
    subscribers: Sequence[Subscriber] = ()
    terms: Terms = TERMS


def drive(world: World, run: RunId, *, barred: frozenset[str] = frozenset()) -> RunView:
    """Drive a run whose lease the caller holds until it is finished or a stop is requested; the lease is given back.

    It is left as well when nothing but `barred` steps can go on: these are deployed otherwise than the run began with.

    Raises Conflict when another driver took over, and Unavailable when store or platform fail; both leave the run
    resumable, with its executions running.
    """
    try:
        return _Driver(world, run, barred).drive()
    finally:
        # The lease runs out by itself, and a store that cannot be used has raised already.
        with contextlib.suppress(Unavailable):
            world.store.release(run, world.driver)


class _Driver:
    def __init__(self, world: World, run: RunId, barred: frozenset[str]) -> None:
        self._world = world
        self._barred = barred
        self._journal = Journal(world.store, run, subscribers=world.subscribers)
        self._heartbeat = Heartbeat(world.store, run, driver=world.driver, clock=world.clock, terms=world.terms)
        self._executions: dict[AttemptId, Execution] = {}

    def drive(self) -> RunView:
        if self._journal.view.state is RunState.FINISHED:
            return self._journal.view
        self._record(events.Claimed(at=self._world.clock.now(), driver=self._world.driver))
        while self._journal.view.state is RunState.DRIVEN:
            if self._heartbeat.keep():
                self._journal.refresh()
            if reason := self._world.interrupt.reason:
                self._record(self._released(reason))
                break
            view = self._journal.view
            now = self._world.clock.now()
            self._perform(plan.decide(view.release.pipeline, view, now, barred=self._barred))
        self._journal.commit()
        return self._journal.view

    def _record(self, event: Event) -> None:
        self._journal.record(event)

    def _released(self, reason: str, *, changed: tuple[str, ...] = ()) -> Event:
        now = self._world.clock.now()
        return events.Released(at=now, driver=self._world.driver, reason=reason, changed=changed)

    def _perform(self, actions: Sequence[Action]) -> None:
        """Record what was decided, then do it."""
        for action in actions:
            if event := self._intent(action):
                self._record(event)
        for action in actions:
            if self._world.interrupt.reason:
                return
            self._act(action)

    def _intent(self, action: Action) -> Event | None:  # noqa: PLR0911  (one for each kind of action)
        now = self._world.clock.now()
        match action:
            case plan.Start():
                return events.Intended(at=now, attempt=action.attempt, digest=action.digest)
            case plan.Stop():
                return events.StopOrdered(at=now, attempt=action.attempt, reason=action.reason)
            case plan.ScheduleRetry():
                return events.RetryScheduled(at=now, step=action.step, number=action.number, due=action.due)
            case plan.GiveUp():
                return events.Exhausted(at=now, step=action.step, reason=action.reason)
            case plan.Skip():
                return events.Skipped(at=now, step=action.step, because=action.because)
            case plan.Finish():
                return events.Finished(at=now, outcome=action.outcome)
            case plan.Leave():
                reason = f"something else is deployed now for {', '.join(action.steps)}"
                return self._released(reason, changed=action.steps)
            case plan.Adopt() | plan.Wait():
                return None
            case _:
                assert_never(action)

    def _act(self, action: Action) -> None:
        match action:
            case plan.Start():
                self._start(action.attempt)
            case plan.Stop():
                self._journal.commit()
                self._world.runner.cancel(self._executions[action.attempt])
            case plan.Adopt():
                self._adopt(action.attempt)
            case plan.Wait():
                self._wait(action)
            case plan.ScheduleRetry() | plan.GiveUp() | plan.Skip() | plan.Finish() | plan.Leave():
                pass
            case _:
                assert_never(action)

    def _start(self, attempt: AttemptId) -> None:
        self._journal.commit()
        self._heartbeat.keep()
        if reason := self._unwanted(attempt):
            self._withdraw(attempt, reason)
            return
        try:
            execution = self._world.runner.start(launch(self._journal.view, attempt))
        except Redeployed as err:
            self._barred |= {attempt.step}
            self._withdraw(attempt, str(err))
        except NotStarted as err:
            now = self._world.clock.now()
            failure = Failure(kind=FailureKind.NOT_STARTED, message=str(err))
            self._record(events.Failed(at=now, ended=now, attempt=attempt, failure=failure))
        else:
            self._started(execution)

    def _unwanted(self, attempt: AttemptId) -> str:
        """Why an intended attempt must not be started any more; empty if it may."""
        view = self._journal.view
        if view.cancelled_by:
            return "the run was cancelled"
        if attempt.step in self._barred:
            return "something else is deployed for it now"
        same = view.steps[attempt.step].digest == view.release.images[attempt.step].digest
        return "" if same else "the run goes on under another release"

    def _withdraw(self, attempt: AttemptId, reason: str) -> None:
        self._record(events.Withdrawn(at=self._world.clock.now(), attempt=attempt, message=reason))

    def _started(self, execution: Execution) -> None:
        self._executions[execution.attempt] = execution
        self._record(
            events.Started(
                at=self._world.clock.now(), attempt=execution.attempt, execution=execution.name, log=execution.log
            )
        )

    def _adopt(self, attempt: AttemptId) -> None:
        """Find what an earlier driver started. What it only intended to start and did not is started now."""
        self._heartbeat.keep()
        state = self._journal.view.steps[attempt.step].state
        execution = self._world.runner.find(attempt)
        match execution:
            case None if state is StepState.STARTING:
                self._start(attempt)
            case None:
                message = "the execution that an earlier driver started cannot be found"
                self._record(events.Lost(at=self._world.clock.now(), attempt=attempt, message=message))
            case _ if state is StepState.STARTING:
                self._started(execution)
            case _:
                self._executions[attempt] = execution
                self._record(
                    events.Adopted(at=self._world.clock.now(), attempt=attempt, execution=execution.name),
                )
                if state is StepState.STOPPING:
                    self._world.runner.cancel(execution)

    def _wait(self, wait: plan.Wait) -> None:
        self._journal.commit()
        patience = max(min(wait.until - self._world.clock.now(), TICK, self._world.terms.beat), timedelta())
        observations = self._world.runner.observe(tuple(self._executions.values()), patience=patience)
        now = self._world.clock.now()
        for seen in observations:
            if seen.outcome is not None:
                stop = self._journal.view.steps[seen.attempt.step].stop
                self._record(outcomes.event(seen.attempt, seen.outcome, stop=stop, now=now))
                del self._executions[seen.attempt]
        self._journal.tick({seen.attempt: seen.tasks_done for seen in observations}, now)
