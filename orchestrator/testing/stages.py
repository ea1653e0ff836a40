"""One stage for each runner, so that one suite tests them all: the same plays, told to a fake or run as programs."""

from __future__ import annotations

import dataclasses
import enum
import hashlib
import os
import signal
from datetime import timedelta
from pathlib import Path

from orchestrator.clock import SystemClock
from orchestrator.core.launch import Launch, launch
from orchestrator.core.model import Image
from orchestrator.core.states import fold
from orchestrator.ports import Ended, Execution, Gone, Observation, Runner
from orchestrator.runners import supervisor, traces
from orchestrator.runners.cloud_run.runner import CloudRunRunner
from orchestrator.runners.cloud_run.settings import Place, Settings
from orchestrator.runners.process import ProcessRunner
from orchestrator.testing import build, layouts
from orchestrator.testing.emulator import PROJECT, REGION, Emulator
from orchestrator.testing.fakes import Act, FakeClock, FakeInterrupt, FakeRunner, exits
from steps.kit import contract
from steps.kit.contract import AttemptId, RunId

PATIENCE = timedelta(seconds=30)
BUBBLEWRAP = "NIGHTJAR_BUBBLEWRAP"
"""Environment name of the path to bubblewrap, in the Debian tree that the image's shell is taken from."""


class Play(enum.StrEnum):
    """What an attempt does; also the name of its step."""

    GOOD = "good"
    BAD = "bad"
    ENDLESS = "endless"


class Stage:
    """A platform under test."""

    runner: Runner

    def restart(self) -> None:
        """Let the runner be one that knows nothing, as after the orchestrator's death."""
        raise NotImplementedError

    def vanish(self, execution: Execution) -> None:
        """Let an execution disappear without a trace."""
        raise NotImplementedError

    def executed(self) -> list[str]:
        """Every attempt that was really executed, in order."""
        raise NotImplementedError

    def launch(self, play: Play, number: int = 1) -> Launch:
        """The launch of an attempt that plays this."""
        pipeline = build.pipeline(*(build.step(name) for name in Play))
        release = build.release(pipeline, commands={name: (str(name),) for name in Play})
        return launch(fold(build.log(pipeline, under=release)), build.attempt(play, number))

    def end(self, execution: Execution) -> Ended | Gone:
        """Wait for an execution's end."""
        while (outcome := self.look(execution).outcome) is None:
            pass
        return outcome

    def look(self, execution: Execution, patience: timedelta = PATIENCE) -> Observation:
        """Observe one execution."""
        (observation,) = self.runner.observe([execution], patience=patience)
        return observation


class FakeStage(Stage):
    """The fake is the platform itself."""

    def __init__(self) -> None:
        soon = timedelta(milliseconds=10)
        acts: dict[str, list[Act]] = {
            Play.GOOD: [Act(takes=soon)],
            Play.BAD: [exits(65, takes=soon)],
            Play.ENDLESS: [Act(takes=None)] * 9,
        }
        self.fake = FakeRunner(FakeClock(), acts)
        self.runner = self.fake

    def restart(self) -> None:
        """It knows what it plays, whoever asks."""

    def vanish(self, execution: Execution) -> None:
        """Another play, at once."""
        self.fake.play(execution.attempt, Act(takes=timedelta(), gone=True))

    def executed(self) -> list[str]:
        """What the fake began."""
        return [str(each) for each in self.fake.started]


class ProgramStage(Stage):
    """Plays as programs of sh."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._ledger = folder / "ledger"
        self._ledger.touch()
        self.program(Play.GOOD, "exit 0")
        self.program(Play.BAD, "exit 65")
        self.program(Play.ENDLESS, "while :; do sleep 1000; done")
        self.runner = self._new()

    def program(self, name: str, text: str) -> None:
        """Write a program; each notes its attempt first."""
        path = self.folder / name
        path.write_text(f'#!/bin/sh\necho "$NIGHTJAR_ATTEMPT" >> {self._ledger}\n{text}\n', encoding="utf-8")
        path.chmod(0o755)

    def restart(self) -> None:
        """Another runner for the same platform."""
        self.runner.close()
        self.runner = self._new()

    def executed(self) -> list[str]:
        """What the programs noted."""
        return self._ledger.read_text(encoding="utf-8").split()

    def clean(self) -> None:
        """Leave nothing open."""
        self.runner.close()

    def _new(self) -> Runner:
        raise NotImplementedError


class ProcessStage(ProgramStage):
    """Programs under the real supervisor."""

    runner: ProcessRunner

    def vanish(self, execution: Execution) -> None:
        """Kill the supervisor, which takes its tasks along."""
        identity = traces.identity(Path(execution.log))
        if identity is not None:
            os.kill(identity.pid, signal.SIGKILL)

    def clean(self) -> None:
        """Kill what still runs."""
        super().clean()
        for path in self.folder.glob("state/processes/*/*/*/" + supervisor.IDENTITY):
            identity = traces.identity(path.parent)
            if identity is not None and traces.locked(path.parent):
                os.kill(identity.pid, signal.SIGKILL)

    def _new(self) -> ProcessRunner:
        state = self.folder / "state"
        return ProcessRunner(self.folder, state, environment={}, secrets={}, interrupt=FakeInterrupt())


class ImageStage(ProcessStage):
    """Programs of sh in an image, in bubblewrap. What they write goes to the storage, the one place that they share."""

    def __init__(self, folder: Path) -> None:
        self.bubblewrap = Path(os.environ[BUBBLEWRAP]).resolve()
        self.layout = folder / "layout"
        self.storage = folder / "storage"
        self.storage.mkdir()
        os.mkfifo(self.storage / "never")
        # The image's user by name, so that its own accounts are asked.
        config = {"User": "nonroot", "WorkingDir": "/home", "Env": ["PATH=/usr/bin", "LANG=C.UTF-8", "LIMIT=1"]}
        shell = layouts.shell(self.bubblewrap.parents[2])
        self.digest = layouts.write(self.layout, [shell], {**config, "Entrypoint": ["sh", "-c"], "Cmd": ["exit 3"]})
        super().__init__(folder)
        self._ledger = self.storage / "ledger"
        self._ledger.touch()
        self.program(Play.GOOD, "exit 0")
        self.program(Play.BAD, "exit 65")
        # As process 1 it has to want the signal; reading a pipe that nobody writes is how this shell waits.
        self.program(Play.ENDLESS, f"trap 'exit 143' TERM; while :; do read -r line <> {self.storage}/never; done")

    def program(self, name: str, text: str) -> None:
        """Write a program into the storage."""
        (self.storage / name).write_text(f'echo "$NIGHTJAR_ATTEMPT" >> {self._ledger}\n{text}\n', encoding="utf-8")

    def launch(self, play: Play, number: int = 1) -> Launch:
        """The launch of an attempt that plays this, in the image."""
        return self.launch_of(play, number)

    def launch_of(self, program: str, number: int = 1) -> Launch:
        """The launch of an attempt that runs this program, in the image."""
        launch = super().launch(Play(program) if program in set(Play) else Play.GOOD, number)
        return dataclasses.replace(
            launch,
            image=self.image(command=("sh", str(self.storage / program))),
            environment={**launch.environment, contract.STORAGE: self.storage.as_uri()},
        )

    def image(self, *, command: tuple[str, ...] = ()) -> Image:
        """The stage's image; without a command, with its own."""
        return Image(ref=f"layout:{self.layout.name}", digest=self.digest, command=command)

    def _new(self) -> ProcessRunner:
        return ProcessRunner(
            self.folder,
            self.folder / "state",
            environment={"SERVICE": "here"},
            secrets={"database": "3f9a-value"},
            interrupt=FakeInterrupt(),
            bubblewrap=self.bubblewrap,
        )


class CloudRunStage(ProgramStage):
    """Programs as jobs of an emulator, under the real client. The pipeline's name is the stage's own."""

    def __init__(self, folder: Path, running: Emulator, *, rest: bool) -> None:
        self.emulator = running
        self.pipeline = f"toy-{hashlib.sha256(str(folder).encode()).hexdigest()[:12]}"
        self._rest = rest
        super().__init__(folder)

    def program(self, name: str, text: str) -> None:
        """Write a program and deploy it as the job of the step of this name."""
        super().program(name, text)
        self.emulator.create_process_job(self.job(name), self.folder / name)

    def job(self, step: str) -> str:
        """The name of a step's job."""
        return contract.job_name(self.pipeline, step)

    def launch(self, play: Play, number: int = 1) -> Launch:
        """The launch of an attempt that plays this, in the stage's pipeline."""
        found = super().launch(play, number)
        attempt = AttemptId(RunId(self.pipeline, build.DAY, 1), play, number)
        environment = {**found.environment, contract.RUN: str(attempt.run), contract.ATTEMPT: str(attempt)}
        return dataclasses.replace(found, attempt=attempt, environment=environment)

    def vanish(self, execution: Execution) -> None:
        """Delete it."""
        self.emulator.delete_execution(self.job(execution.attempt.step), execution.name)

    def _new(self) -> CloudRunRunner:
        place = Place(project=PROJECT, region=REGION, endpoint=self.emulator.address, rest=self._rest)
        return CloudRunRunner(place, Settings(visible=0.5), clock=SystemClock(), interrupt=FakeInterrupt())
