"""Steps as processes of this machine, for laptops, tests and the local run: plain, or from their images in bubblewrap.

What an attempt runs is told by `containers`; here it is started, found again, and its end told. Each attempt has a
supervisor (`supervisor.py`) that outlives the orchestrator; what both know of it stands in
`STATE/processes/RUN/STEP/NUMBER/`. This module must never call an attempt lost while anything of it runs, and never
start a second supervisor for an attempt. Memory limits are not enforced here.
"""

from __future__ import annotations

import select
import shutil
import signal
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

from orchestrator.core.errors import NotStarted, Unavailable
from orchestrator.core.launch import Launch
from orchestrator.core.model import Release
from orchestrator.ports import Ended, Execution, Gone, Interrupt, Observation
from orchestrator.runners import supervisor, supervisors, traces
from orchestrator.runners.containers import Program, Programs
from orchestrator.runners.images import Images
from orchestrator.runners.supervisors import Supervisor
from orchestrator.runners.tail import last_lines
from orchestrator.runners.verdict import verdict
from steps.kit.contract import AttemptId

GRACE = timedelta(seconds=10)
"""Between SIGTERM and SIGKILL, as on Cloud Run."""
PLACE = "NIGHTJAR_PLACE"
"""Environment name of an attempt's directory, by which everything that runs for it is known. The attempt's id would not
do: another state folder of this machine may have an attempt with the same."""

_SWEEP = 1.0
_GLANCE = 0.05
"""How often to look at a supervisor that lives where this process cannot watch it (another PID namespace)."""


class ProcessRunner:
    """See `ports.Runner`.

    `root` is where commands and images are, `environment` and `secrets` come from the environment file, `bubblewrap` is
    the path to it, without which no step runs from an image.
    """

    def __init__(
        self,
        root: Path,
        state: Path,
        *,
        environment: Mapping[str, str],
        secrets: Mapping[str, str],
        interrupt: Interrupt,
        bubblewrap: Path | None = None,
    ) -> None:
        self._programs = Programs(root, Images(state / "images"), bwrap=bubblewrap)
        self._processes = state / "processes"
        self._environment = environment
        self._secrets = secrets
        self._interrupt = interrupt
        self._supervisors: dict[AttemptId, Supervisor] = {}

    def check(self, release: Release) -> tuple[str, ...]:
        """See `ports.Runner`: are the programs and images there, and the secrets?"""
        problems = self._programs.check(release)
        for step in release.pipeline.steps.values():
            problems += [
                f"step {step.name} needs secret {secret!r} as {name}, but the environment file does not have it: "
                f'add it under "secrets" and name the file by --environment'
                for name, secret in step.secrets.items()
                if secret not in self._secrets
            ]
        return tuple(problems)

    def start(self, launch: Launch) -> Execution:
        """See `ports.Runner`."""
        directory = self._directory(launch.attempt)
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (directory / traces.LOCK).open("a") as lock:
                if traces.acquire(directory, lock.fileno()):
                    self._supervisors[launch.attempt] = self._spawn(launch, directory, lock=lock.fileno())
        except OSError as err:
            raise NotStarted(f"{launch.attempt}: {err}") from err
        execution = self.find(launch.attempt)
        if execution is None:
            raise NotStarted(f"{launch.attempt}: its supervisor did not start; see {directory / 'supervisor.log'}")
        return execution

    def find(self, attempt: AttemptId) -> Execution | None:
        """See `ports.Runner`."""
        directory = self._directory(attempt)
        if attempt not in self._supervisors:
            if (identity := traces.identity(directory)) is None:
                return None
            self._supervisors[attempt] = supervisors.watch(identity)
        pid = self._supervisors[attempt].pid
        return Execution(attempt=attempt, name=f"process {pid}", log=str(directory))

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        poll = select.poll()
        timeout = patience.total_seconds()
        for execution in executions:
            if (watch := self._supervisor(execution).watch) is not None:
                poll.register(watch, select.POLLIN)
            else:
                timeout = min(timeout, _GLANCE if traces.locked(self._directory(execution.attempt)) else 0.0)
        if (descriptor := self._interrupt.fileno()) >= 0:
            poll.register(descriptor, select.POLLIN)
        poll.poll(timeout * 1000)
        return tuple(self._look(execution) for execution in executions)

    def cancel(self, execution: Execution) -> None:
        """See `ports.Runner`."""
        running = self._supervisor(execution)
        if running.watch is None:
            return
        directory = self._directory(execution.attempt)
        # A supervisor that has not written who it is would die of the signal without a word.
        traces.identity(directory)
        # Whoever comes later shall know that this end was asked for.
        (directory / traces.CANCEL).touch()
        try:
            signal.pidfd_send_signal(running.watch, signal.SIGTERM)
        except ProcessLookupError:
            return  # It has just ended.

    def close(self) -> None:
        """See `ports.Runner`."""
        for attempt in tuple(self._supervisors):
            self._forget(attempt)

    def _directory(self, attempt: AttemptId) -> Path:
        return self._processes / str(attempt.run) / attempt.step / str(attempt.number)

    def _spawn(self, launch: Launch, directory: Path, *, lock: int) -> Supervisor:
        scratch = directory / "scratch"
        scratch.mkdir(exist_ok=True)
        with self._programs.program(launch, scratch=scratch) as program:
            return supervisors.spawn(directory, self._request(launch, program, directory), lock=lock, hold=program.hold)

    def _request(self, launch: Launch, program: Program, directory: Path) -> dict[str, object]:
        step = launch.step
        own = {name: self._environment.get(name, value) for name, value in step.env.items()}
        secrets = {name: self._secrets[secret] for name, secret in step.secrets.items()}
        return {
            "command": program.command,
            "contained": program.contained,
            "indices": list(range(step.tasks)),
            "count": step.tasks,
            "home": True,
            "parallelism": min(step.parallelism, step.tasks),
            "timeout": step.timeout.total_seconds(),
            "grace": GRACE.total_seconds(),
            "marker": _marker(directory),
            "environment": {**program.environment, **own, **secrets, **launch.environment, PLACE: str(directory)},
        }

    def _supervisor(self, execution: Execution) -> Supervisor:
        if execution.attempt not in self._supervisors and self.find(execution.attempt) is None:
            raise Unavailable(f"{execution.attempt}: {execution.log} is not there any more")
        return self._supervisors[execution.attempt]

    def _look(self, execution: Execution) -> Observation:
        attempt = execution.attempt
        directory = self._directory(attempt)
        lives = supervisors.lives(self._supervisor(execution), directory)
        outcome = None if lives else _outcome(directory)
        if outcome is not None:
            self._forget(attempt)
        return Observation(attempt=attempt, tasks_done=traces.progress(directory), outcome=outcome)

    def _forget(self, attempt: AttemptId) -> None:
        supervisors.forget(self._supervisors.pop(attempt))


def _outcome(directory: Path) -> Ended | Gone | None:
    """How an attempt without a supervisor ended; None while something of it cannot be killed."""
    status = traces.status(directory)
    if status is None:
        if supervisor.sweep(_marker(directory), patience=_SWEEP):
            return None
        return Gone(message=f"its supervisor died and left no status; see {directory}")
    failure = verdict(status.tasks, cancelled=(directory / traces.CANCEL).exists())
    if failure is None:
        shutil.rmtree(directory / "scratch", ignore_errors=True)
        return Ended(at=status.ended, failure=None)
    said = [directory / f"task-{failure.task}.{stream}" for stream in ("stderr", "stdout")]
    return Ended(at=status.ended, failure=replace(failure, last_lines=last_lines(*said)))


def _marker(directory: Path) -> str:
    return f"{PLACE}={directory}"
