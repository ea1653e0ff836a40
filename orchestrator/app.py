"""The composition root: the only module that names concrete backends. It wires and decides nothing.

Backends are imported where they are used, so that a command starts as fast as what it needs.
"""

from __future__ import annotations

import contextlib
import dataclasses
import os
import sys
import threading
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import TYPE_CHECKING, assert_never
from urllib.parse import unquote, urlsplit

from orchestrator.clock import SystemClock
from orchestrator.config import Config, LogFormat, RunnerKind, StoreAddress, StoreKind, Transport
from orchestrator.core.errors import ConfigurationError, NightjarError
from orchestrator.core.model import AlertRule, Release
from orchestrator.core.states import RunView
from orchestrator.core.story import Severity
from orchestrator.display import paint, results
from orchestrator.exits import ExitCode, of_error
from orchestrator.interrupt import SignalInterrupt
from orchestrator.ports import Clock, Interrupt, Runner, Store, Voice
from steps.kit import contract
from steps.kit.contract import RunId

if TYPE_CHECKING:
    from orchestrator.engine.engine import World
    from orchestrator.environments import Environment
    from orchestrator.runners.cloud_run.remote import Remote
    from orchestrator.runners.cloud_run.states import Seen

type Telling = Callable[[RunId], None]
"""Tells what was committed of a run and has not been told, whoever drove it."""

_PATIENCE = timedelta(seconds=60)
"""How long the end of a command waits for those who are told."""
_LAST_WORDS = timedelta(seconds=3)
"""The same after a request to stop: a platform grants ten seconds in all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Session:
    """What a command that drives runs has of its process: who asks it to stop, the time, and whom it speaks to."""

    config: Config
    interrupt: Interrupt
    clock: Clock
    voice: Voice

    def say(self, severity: Severity, text: str) -> None:
        """The last words. If nobody hears them any more, the exit code still tells."""
        with contextlib.suppress(OSError):
            self.voice.close()
            self.voice.say(severity, text)

    def result(self, view: RunView, code: ExitCode) -> None:
        """How a run stands at the end, for a program that asked for JSON."""
        if self.config.as_json:
            self._print(results.of_run(view, code))

    def refuse(self, err: NightjarError) -> ExitCode:
        """Say why the command cannot do its work, to people and to a program that asked for JSON; the exit code."""
        self.say(Severity.ERROR, str(err))
        code = of_error(err)
        if self.config.as_json:
            problems = err.problems if isinstance(err, ConfigurationError) else [err]
            self._print(results.of_problems(problems, code))
        return code

    def _print(self, line: str) -> None:
        # One call a line, because several runs may end at once; who does not listen still gets the exit code.
        with contextlib.suppress(OSError):
            sys.stdout.write(f"{line}\n")
            sys.stdout.flush()


@contextlib.contextmanager
def session(config: Config, *, many: bool = False) -> Iterator[Session]:
    """Take over the process's signals and standard error; what modules log is said by the voice."""
    from orchestrator.log import said_by  # noqa: PLC0415

    interrupt = SignalInterrupt()
    clock = SystemClock(interrupt)
    voice = _voice_of_many(config, clock) if many else _voice(config, clock)
    with said_by(voice):
        yield Session(config=config, interrupt=interrupt, clock=clock, voice=voice)


@contextlib.contextmanager
def world(session: Session) -> Iterator[World]:
    """Store and runner of the configuration, for one thread."""
    from orchestrator.engine.engine import World  # noqa: PLC0415

    # The runner first: Cloud Run's client is imported in the background while the store opens.
    with contextlib.closing(_runner(session)) as runner, store(session.config, session.interrupt) as opened:
        yield World(
            store=opened,
            runner=runner,
            clock=session.clock,
            interrupt=session.interrupt,
            driver=_driver(session.clock.now()),
            subscribers=[session.voice],
        )


@contextlib.contextmanager
def telling(session: Session, world: World, rules: Sequence[AlertRule]) -> Iterator[tuple[World, Telling]]:
    """The world in which those are told of a run whom the rules name; what is left to tell is told before the end."""
    if not rules:
        yield world, lambda _: None
        return
    from orchestrator.alerts.addresses import open_alerts  # noqa: PLC0415

    alerts = open_alerts(rules, secrets=session.config.environment.secrets, environ=os.environ, store=world.store)
    try:
        yield dataclasses.replace(world, subscribers=[*world.subscribers, alerts]), alerts.catch_up
    finally:
        alerts.close(_LAST_WORDS if session.interrupt.reason else _PATIENCE)


def store(config: Config, interrupt: Interrupt | None = None) -> contextlib.closing[Store]:
    """The store; made if it does not exist. Once a stop is requested it is not waited for."""
    return contextlib.closing(open_store(config.store, interrupt))


def open_store(address: StoreAddress, interrupt: Interrupt | None = None) -> Store:
    """The store at an address; its schema is brought up to date."""
    match address.kind:
        case StoreKind.SQLITE:
            from orchestrator.stores.sqlite import SqliteStore  # noqa: PLC0415

            return SqliteStore(Path(address.text))
        case StoreKind.OBJECTS:
            from orchestrator.stores.bucket import Bucket  # noqa: PLC0415
            from orchestrator.stores.object_store import ObjectStore  # noqa: PLC0415

            return ObjectStore(Bucket.open(address.text))
        case StoreKind.POSTGRES:
            from orchestrator.stores.postgres import PostgresStore  # noqa: PLC0415

            hurry = (lambda: bool(interrupt.reason)) if interrupt is not None else (lambda: False)
            return PostgresStore(address.text, name=address.name, hurry=hurry)
        case _:
            assert_never(address.kind)


@contextlib.contextmanager
def opened(config: Config) -> Iterator[Store | None]:
    """The store, if there is one: whoever only looks makes none."""
    if config.store.is_missing:
        yield None
        return
    with store(config) as found:
        yield found


def release(place: Path | str, *, allow_http: bool = False) -> Release:
    """A release by its file, or by the URL of its object. Raises ConfigurationError where there is none.

    Without TLS for a bucket on this machine only.
    """
    from orchestrator import files  # noqa: PLC0415

    if isinstance(place, Path):
        return files.release(place)
    from orchestrator.stores.bucket import Bucket  # noqa: PLC0415

    folder, _, name = place.rpartition("/")
    content = Bucket.open(folder, allow_http=allow_http).read(name)
    if content is None:
        raise ConfigurationError([f"{place} does not exist: name a release that was deployed"])
    return files.parse_release(content, source=name)


def make_storage(storage: str) -> None:
    """Make the folder of a storage on this machine."""
    url = urlsplit(storage)
    if url.scheme == "file":
        try:
            Path(unquote(url.path)).mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise ConfigurationError([f"the storage {storage} cannot be made: {err.strerror}"]) from err


@contextlib.contextmanager
def remote(config: Config, environment: Environment, job: str, interrupt: Interrupt) -> Iterator[Remote]:
    """A job that is deployed in an environment."""
    from orchestrator.runners.cloud_run.connection import connect, logging_session  # noqa: PLC0415
    from orchestrator.runners.cloud_run.entries import Entries  # noqa: PLC0415
    from orchestrator.runners.cloud_run.remote import Remote  # noqa: PLC0415
    from orchestrator.runners.cloud_run.settings import Place  # noqa: PLC0415

    given = config.cloud_run
    rest = given.transport is Transport.REST
    place = Place(project=environment.project, region=environment.region, endpoint=given.endpoint, rest=rest)
    with contextlib.closing(connect(place)) as client:
        # An emulator keeps no log; what its tasks say is on its standard output.
        session = logging_session() if given.endpoint is None else None

        def entries(seen: Seen) -> Entries | None:
            return None if session is None else Entries(session, environment.project, seen.name, since=seen.created)

        yield Remote(client=client, job=job, entries=entries, clock=SystemClock(interrupt), interrupt=interrupt)


def _runner(session: Session) -> Runner:
    config = session.config
    if config.runner is RunnerKind.CLOUD_RUN:
        from orchestrator.runners.cloud_run.runner import CloudRunRunner  # noqa: PLC0415
        from orchestrator.runners.cloud_run.settings import Place, Settings  # noqa: PLC0415

        given = config.cloud_run
        place = Place(
            project=given.project, region=given.region, endpoint=given.endpoint, rest=given.transport is Transport.REST
        )
        settings = Settings(launches_per_minute=given.launches_per_minute, poll_by_listing=given.poll_by_listing)
        return CloudRunRunner(place, settings, clock=session.clock, interrupt=session.interrupt)
    from orchestrator.runners.process import ProcessRunner  # noqa: PLC0415

    return ProcessRunner(
        config.root,
        config.state,
        environment=config.environment.env,
        secrets=config.environment.secrets,
        interrupt=session.interrupt,
        bubblewrap=config.bubblewrap,
    )


def _driver(now: datetime) -> str:
    """A name that no other driver has or had."""
    place = os.environ.get("CLOUD_RUN_EXECUTION") or os.uname().nodename
    return f"{place}/{threading.get_native_id()} since {now.isoformat().replace('+00:00', 'Z')}"


def _voice(config: Config, clock: Clock) -> Voice:
    if config.log_format is LogFormat.AUTO and sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        from orchestrator.display.live import Live  # noqa: PLC0415

        return Live(sys.stderr, clock, colour=paint.wants_colour(sys.stderr, os.environ))
    return _lines(config, clock)


def _voice_of_many(config: Config, clock: Clock) -> Voice:
    from orchestrator.display.many import Many  # noqa: PLC0415

    return Many(_lines(config, clock))


def _lines(config: Config, clock: Clock) -> Voice:
    if config.log_format is LogFormat.JSON:
        from orchestrator.log import JsonLines  # noqa: PLC0415

        return JsonLines(sys.stderr, clock, project=os.environ.get(contract.PROJECT, ""))
    from orchestrator.display.lines import TextLines  # noqa: PLC0415

    return TextLines(sys.stderr)
