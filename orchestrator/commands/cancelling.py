"""The command `cancel`: ask for the end of a run, from whatever machine reaches the store, and see it come."""

from __future__ import annotations

from datetime import timedelta

from orchestrator import app
from orchestrator.app import Session
from orchestrator.commands import finding
from orchestrator.config import Config
from orchestrator.core.errors import NightjarError
from orchestrator.core.events import Outcome
from orchestrator.core.states import RunState, RunView, fold
from orchestrator.core.story import Severity
from orchestrator.engine.cancel import request
from orchestrator.engine.trigger import Order, trigger
from orchestrator.exits import ExitCode
from orchestrator.ports import Store
from steps.kit.contract import RunId

_GLANCE = timedelta(seconds=1)


def cancel(config: Config, run: RunId, *, why: str) -> ExitCode:
    """Ask for a run's end. Its driver brings it about; where nobody drives the run, this command does."""
    with app.session(config) as session:
        try:
            with app.store(config) as store:
                view = request(store, run, by=config.by, why=why, now=session.clock.now())
                if view is None:
                    raise finding.unknown(store, config, run, now=session.clock.now())
                if view.state is RunState.FINISHED:
                    session.say(Severity.INFO, f"{run} had ended before ({view.outcome}): there is nothing to cancel.")
                    session.result(view, ExitCode.DONE)
                    return ExitCode.DONE
                return _see_end(session, store, view)
        except NightjarError as err:
            return session.refuse(err)


def _see_end(session: Session, store: Store, view: RunView) -> ExitCode:
    while view.state is not RunState.FINISHED:
        if session.interrupt.reason:
            session.say(Severity.NOTICE, f"The end of {view.run} is asked for; it comes without this command as well.")
            session.result(view, ExitCode.AGAIN)
            return ExitCode.AGAIN
        if store.holder(view.run) is None:
            _drive(session, view)
        else:
            session.clock.sleep(_GLANCE)
        view = fold(store.read(view.run))
    how = "is cancelled" if view.outcome is Outcome.CANCELLED else f"came to its end first ({view.outcome})"
    session.say(Severity.INFO, f"{view.run} {how}.")
    session.result(view, ExitCode.DONE)
    return ExitCode.DONE


def _drive(session: Session, view: RunView) -> None:
    """Nothing is started any more, so the run's own release is all that is needed."""
    order = Order(release=view.release, logical_date=view.run.logical_date, storage=view.storage)
    with app.world(session) as world, app.telling(session, world, view.release.pipeline.alerts) as (told, _):
        trigger(told, order)
