"""The composition root: the only module that names concrete backends. It wires and decides nothing.

Each public function is one command that needs a store; it takes a configuration and returns the exit code. Backends are
imported where they are used, so that a command starts as fast as what it needs. Commands on files are in `files.py`.
"""

from __future__ import annotations

import contextlib
import json
import logging
import os
import socket
import sys
from collections.abc import Iterator, Sequence
from datetime import date, datetime
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchestrator import files
from orchestrator.clock import SystemClock
from orchestrator.config import Config, LogFormat, RunnerKind, Transport
from orchestrator.core import dates, states
from orchestrator.core.errors import ConfigurationError, NightjarError
from orchestrator.core.events import Outcome
from orchestrator.core.model import Release
from orchestrator.core.states import RunState, RunView
from orchestrator.core.story import Severity
from orchestrator.display import paint
from orchestrator.exits import ExitCode, of_error
from orchestrator.interrupt import SignalInterrupt
from orchestrator.ports import Clock, Interrupt, Runner, Store, Voice
from steps.kit.contract import RunId

_RECENT = 20
_DIED = "its orchestrator died or hangs"


def run(config: Config, *, retry: bool) -> ExitCode:
    """Bring a day's run to its end, as far as it is on this process."""
    interrupt = SignalInterrupt()
    clock = SystemClock(interrupt)
    voice = _voice(config, clock)
    with _logging_to(voice):
        try:
            return _run(config, voice, clock=clock, interrupt=interrupt, retry=retry)
        except NightjarError as err:
            _say(voice, Severity.ERROR, str(err))
            return of_error(err)


def status(config: Config, *, run: RunId | None, as_json: bool) -> ExitCode:
    """Print one run, the runs of a day, or the latest runs."""
    from orchestrator.display import as_json as json_form  # noqa: PLC0415
    from orchestrator.display import table  # noqa: PLC0415

    now = SystemClock().now()
    views = _views(config, run)
    wanted = run is not None or config.day is not None
    if wanted and not views:
        print(f"There is no run {run or f'for {config.day}'} in {config.store}.", file=sys.stderr)
        return ExitCode.USAGE
    if as_json:
        print(json.dumps([json_form.run(view, now) for view in views], indent=2))
        return ExitCode.DONE
    width = paint.size(sys.stdout)[0] if sys.stdout.isatty() else paint.UNLIMITED
    colour = paint.wants_colour(sys.stdout, os.environ)
    whole, brief = (views, ()) if wanted else (views[:1], views[1:])
    for view in whole:
        print("\n".join(table.render(view, now, width=width, colour=colour)))
    if brief:
        print("\n".join(["", *(paint.cut(table.headline(view, now), width) for view in brief)]))
    if not views:
        print(f"There are no runs yet in {config.store}.")
    return ExitCode.DONE


def plan(config: Config) -> ExitCode:
    """Print what `run` would do now, by the very decision that it would take."""
    from orchestrator.display import plans  # noqa: PLC0415
    from orchestrator.engine.trigger import foresee  # noqa: PLC0415

    now = SystemClock().now()
    release = _release(config)
    day = _day(config, release, now)
    with contextlib.ExitStack() as stack:
        store = stack.enter_context(_store(config)) if config.store.exists() else None
        view = foresee(store, release, day, storage=config.storage, now=now)
    print("\n".join(plans.render(view, now)))
    return ExitCode.DONE


def _run(config: Config, voice: Voice, *, clock: Clock, interrupt: SignalInterrupt, retry: bool) -> ExitCode:
    from orchestrator.display import summary  # noqa: PLC0415
    from orchestrator.engine.engine import World  # noqa: PLC0415
    from orchestrator.engine.trigger import AlreadyFinished, Driven, Order, trigger  # noqa: PLC0415

    release = _release(config)
    day = _day(config, release, clock.now())
    _make_storage(config.storage)
    with contextlib.closing(_runner(config, clock, interrupt)) as runner, _store(config) as store:
        world = World(
            store=store,
            runner=runner,
            clock=clock,
            interrupt=interrupt,
            driver=_driver(clock.now()),
            subscribers=[voice],
        )
        order = Order(release=release, logical_date=day, storage=config.storage, retry=_person() if retry else None)
        answer = trigger(world, order)
    match answer:
        case Driven(view=view):
            code, text = _of_view(view), summary.of_driven(view)
        case AlreadyFinished(view=view):
            code, text = _of_view(view), summary.of_finished(view)
        case _:
            code = ExitCode.DONE if answer.alive else ExitCode.AGAIN
            text = summary.of_somebody_else(answer.view, answer.driver, alive=answer.alive)
    if text:
        _say(voice, Severity.INFO if code is ExitCode.DONE else Severity.ERROR, text)
    return code


def _runner(config: Config, clock: Clock, interrupt: Interrupt) -> Runner:
    if config.runner is RunnerKind.CLOUD_RUN:
        from orchestrator.runners.cloud_run.runner import CloudRunRunner  # noqa: PLC0415
        from orchestrator.runners.cloud_run.settings import Place, Settings  # noqa: PLC0415

        given = config.cloud_run
        place = Place(
            project=given.project, region=given.region, endpoint=given.endpoint, rest=given.transport is Transport.REST
        )
        settings = Settings(launches_per_minute=given.launches_per_minute, poll_by_listing=given.poll_by_listing)
        return CloudRunRunner(place, settings, clock=clock, interrupt=interrupt)
    from orchestrator.runners.process import ProcessRunner  # noqa: PLC0415

    return ProcessRunner(
        config.root,
        config.state,
        environment=config.environment.env,
        secrets=config.environment.secrets,
        interrupt=interrupt,
        bubblewrap=config.bubblewrap,
    )


def _of_view(view: RunView) -> ExitCode:
    if view.state is not RunState.FINISHED:
        return ExitCode.AGAIN
    return ExitCode.FAILED if view.outcome is Outcome.FAILED else ExitCode.DONE


def _views(config: Config, run: RunId | None) -> Sequence[RunView]:
    """The runs to show, as they are: a driver whose heartbeat stopped drives nothing."""
    if not config.store.exists():
        return []
    with _store(config) as store:
        runs = [run] if run is not None else store.runs(day=config.day, limit=_RECENT)
        logs = [log for each in runs if (log := store.read(each))]
        views = [states.fold(log) for log in logs]
        return [
            states.abandoned(view, _DIED) if view.state is RunState.DRIVEN and store.holder(view.run) is None else view
            for view in views
        ]


def _store(config: Config) -> contextlib.closing[Store]:
    from orchestrator.stores.sqlite import SqliteStore  # noqa: PLC0415

    return contextlib.closing(SqliteStore(config.store))


def _release(config: Config) -> Release:
    if config.release is None:
        raise ConfigurationError(["which release? Name its file: --release release.json, or NIGHTJAR_RELEASE"])
    return files.release(config.release)


def _day(config: Config, release: Release, now: datetime) -> date:
    schedule = release.pipeline.schedule
    if config.day is None:
        return dates.logical_date(schedule, now)
    if config.day > (today := dates.local_day(schedule, now)):
        raise ConfigurationError(
            [f"--date {config.day} is in the future: in {schedule.time_zone} it is {today}; name an earlier day"]
        )
    return config.day


def _make_storage(storage: str) -> None:
    url = urlsplit(storage)
    if url.scheme == "file":
        try:
            Path(unquote(url.path)).mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise ConfigurationError([f"the storage {storage} cannot be made: {err.strerror}"]) from err


def _driver(now: datetime) -> str:
    """A name that no other process has or had."""
    place = os.environ.get("CLOUD_RUN_EXECUTION") or socket.gethostname()
    return f"{place}/{os.getpid()} since {now.isoformat().replace('+00:00', 'Z')}"


def _person() -> str:
    """Who asks, for the record."""
    return os.environ.get("USER") or f"uid {os.getuid()}"


def _say(voice: Voice, severity: Severity, text: str) -> None:
    """The last words. If nobody hears them any more, the exit code still tells."""
    with contextlib.suppress(OSError):
        voice.close()
        voice.say(severity, text)


def _voice(config: Config, clock: Clock) -> Voice:
    if config.log_format is LogFormat.JSON:
        from orchestrator.log import JsonLines  # noqa: PLC0415

        return JsonLines(sys.stderr, clock)
    if config.log_format is LogFormat.AUTO and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from orchestrator.display.live import Live  # noqa: PLC0415

        return Live(sys.stderr, clock, colour=paint.wants_colour(sys.stderr, os.environ))
    from orchestrator.display.lines import TextLines  # noqa: PLC0415

    return TextLines(sys.stderr)


@contextlib.contextmanager
def _logging_to(voice: Voice) -> Iterator[None]:
    """What modules log is said by the voice."""
    from orchestrator.log import VoiceHandler  # noqa: PLC0415

    logger, handler = logging.getLogger("orchestrator"), VoiceHandler(voice)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)
