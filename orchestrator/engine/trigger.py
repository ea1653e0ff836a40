"""One trigger for one logical date: open its run or continue it, reopen what failed, drive it, or see who does.

`run` and "resume" are one path: whoever comes reads the log and goes on. The answer is a value, the CLI makes words and
an exit code of it.
"""

from __future__ import annotations

import logging
from dataclasses import dataclass
from datetime import date, datetime

from orchestrator.core import events
from orchestrator.core.errors import ConfigurationError, Conflict
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.model import Release
from orchestrator.core.states import RunState, RunView, StepState, fold
from orchestrator.engine import publish
from orchestrator.engine.engine import World, drive
from orchestrator.engine.lease import take
from orchestrator.ports import Store
from steps.kit.contract import RunId

_LOG = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: this day under this release; `retry` names who wants what failed to be done again."""

    release: Release
    logical_date: date
    storage: str
    retry: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """The run was driven by this call, to its end or until a stop was requested."""

    view: RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class AlreadyFinished:
    """There was nothing to do: the run had ended before."""

    view: RunView


@dataclass(frozen=True, slots=True, kw_only=True)
class DrivenBySomebodyElse:
    """Another orchestrator drives the run; `alive` if its heartbeat was seen to advance."""

    view: RunView
    driver: str
    alive: bool


type Answer = Driven | AlreadyFinished | DrivenBySomebodyElse


def trigger(world: World, order: Order) -> Answer:
    """Bring the day's run to its end, as far as it is on us."""
    view = _open(world, order)
    if view.state is not RunState.FINISHED:
        _tell_differences(order, view)
    if order.retry is not None and view.outcome is Outcome.FAILED:
        view = _reopen(world, order, view)
    while view.state is not RunState.FINISHED:
        _check(world, view.release)
        lease = take(world.store, view.run, driver=world.driver, clock=world.clock, interrupt=world.interrupt)
        if lease.driver != world.driver:
            alive = not world.interrupt.reason
            return DrivenBySomebodyElse(view=view, driver=lease.driver, alive=alive)
        try:
            return Driven(view=drive(world, view.run))
        except Conflict as err:
            _LOG.warning("%s; looking again", err)
            view = fold(world.store.read(view.run))
    return AlreadyFinished(view=view)


def latest(store: Store, pipeline: str, day: date) -> RunView | None:
    """The run of a day that counts: its newest generation."""
    runs = store.runs(pipeline, day=day, limit=1)
    return fold(store.read(runs[0])) if runs else None


def foresee(store: Store | None, release: Release, day: date, *, storage: str, now: datetime) -> RunView:
    """The day's run as it would be if it were triggered now; nothing is written."""
    name = release.pipeline.name
    view = latest(store, name, day) if store is not None else None
    if view is None:
        run = RunId(name, day, 1)
        opened = events.Opened(at=now, run=run, release=release, storage=storage)
        view = fold([Recorded(run=run, seq=1, event=opened)])
    if view.state is RunState.FINISHED:
        return view
    claimed = events.Claimed(at=now, driver="")
    return fold([Recorded(run=view.run, seq=view.seq + 1, event=claimed)], view)


def _open(world: World, order: Order) -> RunView:
    """The day's run; a new one if there is none. Two triggers at once open one."""
    pipeline = order.release.pipeline.name
    while (view := latest(world.store, pipeline, order.logical_date)) is None:
        _check(world, order.release)
        run = RunId(pipeline, order.logical_date, 1)
        opened = events.Opened(at=world.clock.now(), run=run, release=order.release, storage=order.storage)
        _append(world, run, 0, opened)
    return view


def _reopen(world: World, order: Order, view: RunView) -> RunView:
    changed = order.release if order.release != view.release else None
    if changed is not None and _shape(changed) != _shape(view.release):
        problem = (
            f"{view.run}: this release has other steps than the one that the run began with: it cannot go on under it"
        )
        raise ConfigurationError([problem])
    _check(world, order.release)
    steps = view.in_state(StepState.FAILED, StepState.SKIPPED)
    reopened = events.Reopened(at=world.clock.now(), steps=steps, by=order.retry or "", release=changed)
    _append(world, view.run, view.seq, reopened)
    return fold(world.store.read(view.run))


def _append(world: World, run: RunId, expected: int, event: Event) -> None:
    """Append one event, unless somebody else was quicker: then their log stands and is read again."""
    try:
        recorded = world.store.append(run, expected, [event])
    except Conflict as err:
        _LOG.warning("%s; looking again", err)
    else:
        publish.committed(world.subscribers, recorded, fold(world.store.read(run)))


def _shape(release: Release) -> dict[str, tuple[str, ...]]:
    return {name: step.needs for name, step in release.pipeline.steps.items()}


def _tell_differences(order: Order, view: RunView) -> None:
    if order.release != view.release:
        _LOG.warning("%s keeps the release that it was opened with, %s", view.run, view.release.revision[:12])
    if order.storage != view.storage:
        _LOG.warning("%s keeps the storage that it was opened with, %s", view.run, view.storage)


def _check(world: World, release: Release) -> None:
    if problems := world.runner.check(release):
        raise ConfigurationError(problems)
