"""The commands that bring runs to their end: run, retry, rerun, backfill. Configuration in, exit code out.

They say what came of it and nothing else; what is to be done the engine decides.
"""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

from orchestrator import app
from orchestrator.app import Session
from orchestrator.commands.releases import check_past, day_of, release_of
from orchestrator.config import Config
from orchestrator.core import dates
from orchestrator.core.errors import ConfigurationError, NightjarError
from orchestrator.core.events import Outcome
from orchestrator.core.model import Release
from orchestrator.core.states import RunState, RunView
from orchestrator.core.story import Severity
from orchestrator.display import summary
from orchestrator.engine.engine import World
from orchestrator.engine.many import each_day
from orchestrator.engine.trigger import AlreadyFinished, Answer, Driven, Order, Wish, latest, trigger
from orchestrator.exits import ExitCode
from steps.kit.contract import RunId

_KNOWN = 1_000
"""How many of the latest runs are looked at for days that were missed."""
_WORDS = {ExitCode.DONE: "done", ExitCode.FAILED: "failed", ExitCode.AGAIN: "stopped"}

type Compose = Callable[[Session], AbstractContextManager[World]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Decision:
    """What a person decides beyond the day: the step to begin with, why, and what another release means for a run.

    With `allow_mixed` a run that has not ended goes on under it, with `renew` one that has ended is followed by a new
    generation.
    """

    start: str | None = None
    why: str = ""
    allow_mixed: bool = False
    renew: bool = False


def run(config: Config, decision: Decision, *, catch_up: int | None, compose: Compose = app.world) -> ExitCode:
    """Bring a day's run to its end; where no day is named the one that is due, after those that were missed.

    `compose` makes the world of the session, for those who want another than the command's.
    """

    def drive(session: Session, world: World) -> ExitCode:
        release = release_of(config)
        day = day_of(config, release, session.clock.now())
        days = (day,) if config.day is not None else (*_missed(world, release, day, catch_up), day)
        wish = Wish.RENEW if decision.renew else Wish.RUN
        codes = list[ExitCode]()
        for each in days:
            codes.append(_drive(session, world, _order(session, release, each, decision, wish)))
            if session.interrupt.reason:
                break
        return worst(codes)

    return _driving(config, drive, compose)


def retry(config: Config, target: RunId | date | None, decision: Decision) -> ExitCode:
    """Do again what failed in a run, and what was skipped for it."""

    def drive(session: Session, world: World) -> ExitCode:
        release = release_of(config)
        day = (
            target.logical_date if isinstance(target, RunId) else target or day_of(config, release, session.clock.now())
        )
        if isinstance(target, RunId):
            _check_newest(world, release, target)
        return _drive(session, world, _order(session, release, day, decision, Wish.RETRY))

    return _driving(config, drive)


def rerun(config: Config, days: Sequence[date], decision: Decision, *, parallel: int) -> ExitCode:
    """Begin a new generation of each day, and bring it to its end."""
    return _each(config, days, decision, Wish.RERUN, parallel=parallel)


def backfill(config: Config, days: Sequence[date], *, parallel: int, dry_run: bool) -> ExitCode:
    """Bring each day's run to its end, several days side by side; days that are done stay done."""
    return _foresee(config, days) if dry_run else _each(config, days, Decision(), Wish.RUN, parallel=parallel)


def worst(codes: Sequence[ExitCode]) -> ExitCode:
    """The code that speaks for several runs: what a person has to decide, then what stopped, then what failed."""
    ranked = (ExitCode.DONE, ExitCode.FAILED, ExitCode.AGAIN, ExitCode.CONFIGURATION)
    return max(codes, key=ranked.index, default=ExitCode.DONE)


def _driving(config: Config, drive: Callable[[Session, World], ExitCode], compose: Compose = app.world) -> ExitCode:
    with app.session(config) as session:
        try:
            with compose(session) as world:
                return drive(session, world)
        except NightjarError as err:
            return session.refuse(err)


def _each(config: Config, days: Sequence[date], decision: Decision, wish: Wish, *, parallel: int) -> ExitCode:
    with app.session(config, many=len(days) > 1) as session:

        def drive(day: date) -> ExitCode:
            with app.world(session) as world:
                return _drive(session, world, _order(session, release, day, decision, wish))

        codes = list[ExitCode]()
        try:
            release = release_of(config)
            check_past(days, release, session.clock.now())
            for day, code in each_day(days, drive, parallel=parallel, interrupt=session.interrupt):
                codes.append(code)
                if len(days) > 1:
                    words = _WORDS.get(code, "cannot go on")
                    session.voice.say(Severity.INFO, f"{len(codes)} of {len(days)} days: {day} {words}")
        except NightjarError as err:
            return session.refuse(err)
        if left := days[len(codes) :]:
            session.say(Severity.NOTICE, f"Stopped: {len(left)} days were not begun, from {left[0]} on.")
            return ExitCode.AGAIN
    return worst(codes)


def _drive(session: Session, world: World, order: Order) -> ExitCode:
    """Drive one day, let those be told who want to know, and say how it ended."""
    app.make_storage(order.storage)
    with app.telling(session, world, order.release.pipeline.alerts) as (told, catch_up):
        answer = trigger(told, order)
        catch_up(answer.view.run)
    code, text = _of_answer(answer)
    if text:
        session.say(Severity.INFO if code is ExitCode.DONE else Severity.ERROR, text)
    session.result(answer.view, code)
    return code


def _of_answer(answer: Answer) -> tuple[ExitCode, str]:
    match answer:
        case Driven(view=view):
            return of_view(view), summary.of_driven(view)
        case AlreadyFinished(view=view):
            return of_view(view), summary.of_finished(view)
        case _:
            code = ExitCode.DONE if answer.alive else ExitCode.AGAIN
            return code, summary.of_somebody_else(answer.view, answer.driver, alive=answer.alive)


def of_view(view: RunView) -> ExitCode:
    """The exit code that says how a run stands that was driven."""
    if view.changed:
        return ExitCode.CONFIGURATION
    if view.state is not RunState.FINISHED:
        return ExitCode.AGAIN
    return ExitCode.DONE if view.outcome is Outcome.SUCCEEDED else ExitCode.FAILED


def _order(session: Session, release: Release, day: date, decision: Decision, wish: Wish) -> Order:
    return Order(
        release=release,
        logical_date=day,
        storage=session.config.storage,
        wish=wish,
        by=session.config.by,
        why=decision.why,
        start=decision.start,
        allow_mixed=decision.allow_mixed,
    )


def _missed(world: World, release: Release, due: date, catch_up: int | None) -> Sequence[date]:
    """The days before the due one that nobody triggered."""
    pipeline = release.pipeline
    known = {run.logical_date for run in world.store.runs(pipeline.name, limit=_KNOWN)}
    return dates.missed(due, known, most=pipeline.schedule.catch_up if catch_up is None else catch_up)


def _check_newest(world: World, release: Release, run: RunId) -> None:
    newest = world.store.runs(run.pipeline, day=run.logical_date, limit=1)
    if run.pipeline != release.pipeline.name:
        raise ConfigurationError([f"{run} is a run of another pipeline than the release's, {release.pipeline.name}"])
    if newest and newest[0] != run:
        raise ConfigurationError([f"{run} is not the day's newest run, that is {newest[0]}: retry that one"])


def _foresee(config: Config, days: Sequence[date]) -> ExitCode:
    pipeline = release_of(config).pipeline.name
    with app.opened(config) as store:
        for day in days:
            view = latest(store, pipeline, day) if store is not None else None
            if config.as_json:
                print(json.dumps({"logical_date": str(day), **summary.foreseen_as_json(view)}))
            else:
                print(f"{day}  {summary.foreseen(view)}")
    return ExitCode.DONE
