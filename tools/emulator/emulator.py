"""An emulator, put together: state, executor, both servers behind one port. The composition root, for tests as well."""

from __future__ import annotations

import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import TextIO

from orchestrator.clock import SystemClock
from tools.emulator import methods, registry
from tools.emulator.attempts import Attempts
from tools.emulator.calls import Calls
from tools.emulator.executions import Executions
from tools.emulator.executor import Executor
from tools.emulator.front import Front
from tools.emulator.grpc_server import GrpcServer
from tools.emulator.images import Sources
from tools.emulator.jobs import Jobs
from tools.emulator.live import Means
from tools.emulator.logs import Logs, Sink
from tools.emulator.names import Place
from tools.emulator.operations import Operations
from tools.emulator.programs import Programs
from tools.emulator.rest_server import RestServer
from tools.emulator.script import Plan, Script
from tools.emulator.secrets import Secrets
from tools.emulator.state import State

GRACE = timedelta(seconds=10)
"""Between SIGTERM and SIGKILL, as on Cloud Run."""
_FLUSH = 2.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """How an emulator is to be."""

    state: Path
    root: Path
    project: str = "local"
    region: str = "local"
    host: str = "127.0.0.1"
    port: int = 0
    bubblewrap: Path | None = None
    secrets: Path | None = None
    plan: Plan = field(default_factory=Plan)
    volumes: Mapping[str, Path] = field(default_factory=dict)
    binds: tuple[Path, ...] = ()
    capacity: int = 100
    grace: timedelta = GRACE


class Emulator:
    """An emulator that listens from `start` on. Raises OSError when its port is taken."""

    def __init__(self, settings: Settings, output: TextIO) -> None:
        folder, clock = settings.state / "attempts", SystemClock()
        place = Place(settings.project, settings.region, folder)
        settings.state.mkdir(parents=True, exist_ok=True, mode=0o700)
        self._front = Front(settings.host, settings.port)
        self._sink = Sink(output)
        self._state = State(settings.state / "emulator.sqlite")
        sources = Sources(settings.state, settings.root, bwrap=settings.bubblewrap, pull=registry.pull)
        secrets = Secrets(settings.secrets, place.project)
        programs = Programs(sources=sources, secrets=secrets, volumes=settings.volumes, binds=settings.binds)
        attempts = Attempts(folder=folder, programs=programs, grace=settings.grace)
        self.calls = Calls(Script(settings.plan, time.monotonic))
        logs = Logs(place=place, clock=clock, sink=self._sink)
        means = Means(state=self._state, attempts=attempts, clock=clock, script=self.calls.script, logs=logs)
        self.executor = Executor(means, capacity=settings.capacity)
        operations = Operations(place=place, state=self._state, clock=clock)
        executions = Executions(
            place=place, state=self._state, clock=clock, operations=operations, performer=self.executor
        )
        self.jobs = Jobs(
            place=place,
            state=self._state,
            clock=clock,
            programs=programs,
            executions=executions,
            operations=operations,
        )
        table = methods.table(self.jobs, executions, operations)
        self._grpc = GrpcServer(table, self.calls, cut=self._front.cut)
        self._rest = RestServer(table, self.calls, cut=self._front.cut)
        self._started = False

    @property
    def port(self) -> int:
        """Where it listens."""
        return self._front.port

    def start(self) -> None:
        """Go on with what has not ended, and answer calls."""
        self._started = True
        self.executor.start()
        self._grpc.start()
        self._rest.start()
        self._front.start(grpc=self._grpc.port, rest=int(self._rest.server_port))

    def stop(self) -> None:
        """Take no more calls, end everything that runs, and let go; also of one that was never started."""
        if self._started:
            self.calls.stopping.set()
            self._front.stop()
            self._grpc.stop()
            self._rest.stop()
            self.executor.stop()
        else:
            self._front.close()
            self._rest.server_close()
        self._state.close()
        self._sink.close(_FLUSH)
