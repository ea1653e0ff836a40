"""One trigger for one logical date: open its run or continue it, open it again, drive it, or see who does.

`run` and "resume" are one path: whoever comes reads the log and goes on. The answer is a value, the commands make words
and an exit code of it. What a person asks for beyond that (`Wish`) is put on record with who and why.
"""

from __future__ import annotations

import dataclasses
import enum
import logging
from dataclasses import dataclass
from datetime import date, datetime

from orchestrator.core import again, events
from orchestrator.core.errors import ConfigurationError, Conflict
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.model import Release
from orchestrator.core.states import FINAL, RunState, RunView, fold
from orchestrator.engine import publish
from orchestrator.engine.engine import World, drive
from orchestrator.engine.lease import take
from orchestrator.ports import Store
from steps.kit.contract import RunId

_LOG = logging.getLogger(__name__)


class Wish(enum.Enum):
    """What a trigger is to do with a run that has ended.

    Leave it, do again what failed, begin a new generation, or begin one if the run was of another release.
    """

    RUN = enum.auto()
    RETRY = enum.auto()
    RERUN = enum.auto()
    RENEW = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What is asked for: this day under this release.

    `by` and `why` go on record where a person decides something, `start` is the step to begin with, `allow_mixed` lets
    a run go on under another release than it began with.
    """

    release: Release
    logical_date: date
    storage: str
    wish: Wish = Wish.RUN
    by: str = ""
    why: str = ""
    start: str | None = None
    allow_mixed: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Driven:
    """The run was driven by this call, to its end or until it had to be left."""

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
    """Bring the day's run to its end, as far as it is on us. Raises ConfigurationError for what cannot be wished."""
    view = _begin(world, order)
    if view.state is not RunState.FINISHED:
        _tell_differences(order, view)
    while view.state is not RunState.FINISHED:
        barred = frozenset() if order.allow_mixed else again.changed(view, order.release)
        _check(world, order.release if order.allow_mixed else view.release, view, barred)
        lease = take(
            world.store,
            view.run,
            driver=world.driver,
            clock=world.clock,
            interrupt=world.interrupt,
            terms=world.terms,
        )
        if lease.driver != world.driver:
            alive = not world.interrupt.reason
            return DrivenBySomebodyElse(view=view, driver=lease.driver, alive=alive)
        try:
            _mix(world, order, view.run)
            return Driven(view=drive(world, view.run, barred=barred))
        except Conflict as err:
            _LOG.warning("%s; looking again", err)
            view = fold(world.store.read(view.run))
    return AlreadyFinished(view=view)


def latest(store: Store, pipeline: str, day: date) -> RunView | None:
    """The run of a day that counts: its newest generation. One that was listed before its first event is none yet."""
    logs = (store.read(run) for run in store.runs(pipeline, day=day))
    return next((fold(log) for log in logs if log), None)


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


def _begin(world: World, order: Order) -> RunView:
    """The run to drive: the day's newest, opened, reopened or followed by a new generation as the order wants it."""
    pipeline = order.release.pipeline.name
    while (view := latest(world.store, pipeline, order.logical_date)) is None:
        if order.wish in (Wish.RETRY, Wish.RERUN):
            raise ConfigurationError([f"there is no run of {pipeline} for {order.logical_date} yet: `nightjar run` it"])
        _open(world, order, RunId(pipeline, order.logical_date, 1), reused=())
    match order.wish:
        case Wish.RETRY if view.state is RunState.FINISHED and view.outcome is not Outcome.SUCCEEDED:
            return _reopen(world, order, view)
        case Wish.RERUN if view.state is RunState.FINISHED:
            return _follow(world, order, view)
        case Wish.RENEW if view.state is RunState.FINISHED and view.release != order.release:
            return _follow(world, order, view)
        case Wish.RERUN if view.run.generation == 1:
            raise ConfigurationError([f"{view.run} has not ended: run it to its end, or cancel it, then rerun it"])
        case _:
            return view


def _open(world: World, order: Order, run: RunId, *, reused: tuple[str, ...]) -> None:
    """Append a run's first event, unless somebody else was quicker."""
    opened = events.Opened(
        at=world.clock.now(),
        run=run,
        release=order.release,
        storage=order.storage,
        by="" if order.wish is Wish.RUN else order.by,
        why=order.why,
        reused=reused,
    )
    _check(world, order.release, fold([Recorded(run=run, seq=1, event=opened)]), frozenset())
    _append(world, run, 0, opened)


def _follow(world: World, order: Order, view: RunView) -> RunView:
    reused = again.to_reuse(view, order.release, order.start)
    run = dataclasses.replace(view.run, generation=view.run.generation + 1)
    _open(world, order, run, reused=reused)
    return fold(world.store.read(run))


def _reopen(world: World, order: Order, view: RunView) -> RunView:
    steps = again.to_retry(view, order.start)
    newer = _other(order, view)
    reopened = events.Reopened(at=world.clock.now(), steps=steps, by=order.by, why=order.why, release=newer)
    _append(world, view.run, view.seq, reopened)
    return fold(world.store.read(view.run))


def _mix(world: World, order: Order, run: RunId) -> None:
    """Put on record that the run goes on under the order's release, if that was allowed and is another."""
    if not order.allow_mixed:
        return
    view = fold(world.store.read(run))
    if view.state is not RunState.FINISHED and (newer := _other(order, view)) is not None:
        event = events.ReleaseChanged(at=world.clock.now(), release=newer, by=order.by)
        recorded = world.store.append(run, view.seq, [event])
        publish.committed(world.subscribers, recorded, fold(recorded, view))


def _other(order: Order, view: RunView) -> Release | None:
    """The order's release, if it is another than the run's. Raises ConfigurationError if the run cannot pass to it."""
    if order.release == view.release:
        return None
    if not again.same_shape(order.release, view.release):
        problem = (
            f"{view.run}: this release has other steps than the one that the run began with: it cannot go on under it; "
            f"`nightjar rerun {view.run.logical_date}` begins anew"
        )
        raise ConfigurationError([problem])
    return order.release


def _append(world: World, run: RunId, expected: int, event: Event) -> None:
    """Append one event, unless somebody else was quicker: then their log stands and is read again."""
    try:
        recorded = world.store.append(run, expected, [event])
    except Conflict as err:
        _LOG.warning("%s; looking again", err)
    else:
        publish.committed(world.subscribers, recorded, fold(world.store.read(run)))


def _tell_differences(order: Order, view: RunView) -> None:
    if order.release != view.release and not order.allow_mixed:
        _LOG.warning("%s keeps the release that it was opened with, %s", view.run, view.release.revision[:12])
    if order.storage != view.storage:
        _LOG.warning("%s keeps the storage that it was opened with, %s", view.run, view.storage)


def _check(world: World, release: Release, view: RunView, barred: frozenset[str]) -> None:
    """Ask the runner whether everything that is left to do can be started under this release."""
    left = {
        name: step
        for name, step in release.pipeline.steps.items()
        if name not in barred and view.steps[name].state not in FINAL
    }
    pipeline = dataclasses.replace(release.pipeline, steps={} if view.cancelled_by else left)
    if problems := world.runner.check(dataclasses.replace(release, pipeline=pipeline)):
        raise ConfigurationError(problems)
