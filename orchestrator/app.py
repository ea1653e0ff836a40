"""The composition root: the only module that names concrete backends. It wires and decides nothing.

Backends are imported where they are used, so that a command starts as fast as what it needs.
"""

from __future__ import annotations

import contextlib
import logging
import os
import socket
import sys
import threading
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, assert_never
from urllib.parse import unquote, urlsplit

from orchestrator.clock import SystemClock
from orchestrator.config import Config, LogFormat, StoreAddress, StoreKind
from orchestrator.core.errors import ConfigurationError, NightjarError
from orchestrator.core.states import RunView
from orchestrator.core.story import Severity
from orchestrator.display import paint, results
from orchestrator.engine.engine import World
from orchestrator.exits import ExitCode, of_error
from orchestrator.interrupt import SignalInterrupt
from orchestrator.ports import Clock, Interrupt, Runner, Store, Subscriber, Voice

if TYPE_CHECKING:
    from orchestrator.runners.output import Output


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
    from orchestrator.log import VoiceHandler  # noqa: PLC0415

    interrupt = SignalInterrupt()
    clock = SystemClock(interrupt)
    voice = _voice_of_many(config, clock) if many else _voice(config, clock)
    logger, handler = logging.getLogger("orchestrator"), VoiceHandler(voice)
    logger.addHandler(handler)
    try:
        yield Session(config=config, interrupt=interrupt, clock=clock, voice=voice)
    finally:
        logger.removeHandler(handler)


@contextlib.contextmanager
def world(session: Session, *, subscribers: Sequence[Subscriber] = ()) -> Iterator[World]:
    """Store and runner of the configuration, for one thread."""
    config = session.config
    with store(config) as opened, contextlib.closing(_runner(config, session.interrupt)) as runner:
        yield World(
            store=opened,
            runner=runner,
            clock=session.clock,
            interrupt=session.interrupt,
            driver=_driver(session.clock.now()),
            subscribers=[session.voice, *subscribers],
        )


def store(config: Config) -> contextlib.closing[Store]:
    """The store; made if it does not exist."""
    return contextlib.closing(open_store(config.store))


def open_store(address: StoreAddress) -> Store:
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

            return PostgresStore(address.text, name=address.name)
        case _:
            assert_never(address.kind)


def store_exists(config: Config) -> bool:
    """Whether there is anything to look at; whoever only looks makes no store."""
    return not config.store.is_missing


def output(log: str) -> Output | None:
    """What an attempt says, where `Execution.log` is a folder; None where it is to be read by the platform's means."""
    from orchestrator.runners.output import Output  # noqa: PLC0415

    return Output(Path(log)) if log.startswith("/") else None


def make_storage(storage: str) -> None:
    """Make the folder of a storage on this machine."""
    url = urlsplit(storage)
    if url.scheme == "file":
        try:
            Path(unquote(url.path)).mkdir(parents=True, exist_ok=True)
        except OSError as err:
            raise ConfigurationError([f"the storage {storage} cannot be made: {err.strerror}"]) from err


def _runner(config: Config, interrupt: Interrupt) -> Runner:
    from orchestrator.runners.process import ProcessRunner  # noqa: PLC0415

    return ProcessRunner(
        config.root,
        config.state,
        environment=config.environment.env,
        secrets=config.environment.secrets,
        interrupt=interrupt,
        bubblewrap=config.bubblewrap,
    )


def _driver(now: datetime) -> str:
    """A name that no other driver has or had."""
    place = os.environ.get("CLOUD_RUN_EXECUTION") or socket.gethostname()
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

        return JsonLines(sys.stderr, clock)
    from orchestrator.display.lines import TextLines  # noqa: PLC0415

    return TextLines(sys.stderr)
