"""The command `watch`: see a run go, whoever drives it and from wherever, by its log alone. It writes nothing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date, timedelta

from orchestrator import app
from orchestrator.app import Session
from orchestrator.commands import finding
from orchestrator.commands.driving import of_view
from orchestrator.config import Config
from orchestrator.core.errors import NightjarError
from orchestrator.core.events import Recorded
from orchestrator.core.states import RunState, RunView, fold
from orchestrator.core.story import Severity
from orchestrator.display import summary, table
from orchestrator.exits import ExitCode
from orchestrator.ports import Store
from steps.kit.contract import RunId

_NEAR = timedelta(seconds=0.2)
_FAR = timedelta(seconds=2)


def watch(config: Config, target: RunId | date) -> ExitCode:
    """Tell what happens in a run from now on, until it has ended; of a date, in whichever run comes to be its newest.

    A run is watched to its end. A date is waited for: what had ended before may be opened again or followed.
    """
    with app.session(config) as session:
        try:
            with app.store(config, session.interrupt) as store:
                return _follow(session, store, target)
        except NightjarError as err:
            return session.refuse(err)


def _follow(session: Session, store: Store, target: RunId | date) -> ExitCode:
    pause = _NEAR if session.config.store.is_local else _FAR
    view, _ = _look(store, target, None)
    if view is None and isinstance(target, RunId):
        raise finding.unknown(store, session.config, target, now=session.clock.now())
    session.voice.say(
        Severity.INFO, table.headline(view, session.clock.now()) if view else f"There is no run for {target} yet."
    )
    # Whether an end would be news.
    going = isinstance(target, RunId)
    while not session.interrupt.reason:
        if view is not None:
            if going and view.state is RunState.FINISHED:
                session.say(Severity.INFO, summary.of_driven(view) or f"{view.run} has {view.outcome}.")
                return of_view(view)
            going = going or view.state is not RunState.FINISHED
            session.voice.tick(view, {}, session.clock.now())
        session.clock.sleep(pause)
        view, recorded = _look(store, target, view)
        if view is not None and recorded:
            going = True
            session.voice.committed(recorded, view)
    return ExitCode.AGAIN


def _look(store: Store, target: RunId | date, view: RunView | None) -> tuple[RunView | None, Sequence[Recorded]]:
    """The run as it is now, and what has happened in it since it was looked at last."""
    run = target if isinstance(target, RunId) else next(iter(store.runs(day=target, limit=1)), None)
    if run is None:
        return None, ()
    known = view if view is not None and view.run == run else None
    recorded = store.read(run, known.seq if known is not None else 0)
    return (fold(recorded, known) if recorded else known), recorded
