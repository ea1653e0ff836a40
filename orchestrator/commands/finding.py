"""Finding runs and steps by what a person wrote; for what is not there, the nearest that is."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime

from orchestrator.config import Config
from orchestrator.core import history, states
from orchestrator.core.errors import UnknownName
from orchestrator.core.problems import hint, nearest
from orchestrator.core.states import RunState, RunView
from orchestrator.display.overview import Seen
from orchestrator.ports import Store
from steps.kit.contract import RunId

_DIED = "its orchestrator died or hangs"
_SHOWN = 3


def runs(store: Store | None, config: Config, target: RunId | date, *, now: datetime) -> tuple[Seen, ...]:
    """The run that is named, or the runs of a day, the newest generation first. Raises UnknownName for none."""
    found: tuple[RunId, ...] = ()
    if store is not None:
        found = (target,) if isinstance(target, RunId) else store.runs(day=target)
        if seen := tuple(each for run in found if (each := look(store, run)) is not None):
            return seen
    raise unknown(store, config, target, now=now)


def unknown(store: Store | None, config: Config, target: RunId | date, *, now: datetime) -> UnknownName:
    """The error for a run or a day that is not there."""
    known = store.runs() if store is not None else ()
    return UnknownName([_no_run(config, target, known, now=now)])


def look(store: Store, run: RunId) -> Seen | None:
    """A run as it is: a driver whose heartbeat stopped drives nothing."""
    log = store.read(run)
    return Seen(as_it_is(store, states.fold(log)), history.read(log), log) if log else None


def as_it_is(store: Store, view: RunView) -> RunView:
    """The state, with the driver gone if its heartbeat is."""
    if view.state is RunState.DRIVEN and store.holder(view.run) is None:
        return states.abandoned(view, _DIED)
    return view


def step(view: RunView, name: str) -> str:
    """A step of the run. Raises UnknownName with the nearest one."""
    if name in view.steps:
        return name
    raise UnknownName([f"{name!r} is no step of {view.run}: {hint(name, view.steps)}"])


def _no_run(config: Config, target: RunId | date, known: Iterable[RunId], *, now: datetime) -> str:
    what = f"There is no run {target}" if isinstance(target, RunId) else f"There is no run for {target}"
    day = target.logical_date if isinstance(target, RunId) else target
    if day > now.astimezone().date():
        return f"{what}: that day is in the future."
    near = _nearest_runs(target, day, tuple(known))
    return f"{what} in {config.store}{f': {near}' if near else ', nor any other: name another by --store or --state'}."


def _nearest_runs(target: RunId | date, day: date, known: tuple[RunId, ...]) -> str:
    if same := [str(run) for run in known if run.logical_date == day]:
        return f"that day has {', '.join(same[:_SHOWN])}"
    if isinstance(target, RunId):
        # `nearest` compares with dashes as underscores, as the names of steps have them.
        words = {str(run).replace("-", "_"): str(run) for run in known}
        if (near := nearest(str(target), words)) is not None:
            return f"the nearest is {words[near]}"
    if not known:
        return ""
    closest = sorted(known, key=lambda run: abs((run.logical_date - day).days))[:_SHOWN]
    return f"the nearest are {', '.join(map(str, closest))}"
