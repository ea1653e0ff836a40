"""The steps as the orchestrator starts them: real processes with the contract's environment, and nothing else."""

from __future__ import annotations

import json
import os
import pathlib
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, Final

ORDER: Final = ("extract", "validate", "load", "aggregate", "detect")
EXTRACT_TASKS: Final = 4


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a process ended: its exit code and the lines of its log."""

    code: int
    log: tuple[Mapping[str, Any], ...]

    def line(self, message: str) -> Mapping[str, Any]:
        """The log line with a message."""
        return next(entry for entry in self.log if entry["message"] == message)


@dataclass(frozen=True, slots=True, kw_only=True)
class Replay:
    """A running replay service."""

    url: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """One run: a date, a generation, an object store, and the settings of the steps."""

    date: str
    generation: int
    storage: pathlib.Path
    settings: Mapping[str, str]

    def all(self) -> None:
        """Run every step in its order; each must succeed."""
        for step in ORDER:
            for done in self.step(step):
                if done.code != 0:
                    raise AssertionError(step, done)

    def step(self, step: str, *, attempt: int = 1, **settings: str) -> list[Done]:
        """Run all tasks of one attempt side by side."""
        count = EXTRACT_TASKS if step == "extract" else 1
        tasks = [self.start(step, attempt=attempt, index=index, count=count, **settings) for index in range(count)]
        return [finish(task) for task in tasks]

    def task(self, step: str, *, attempt: int = 1, index: int = 0, count: int = 1, **settings: str) -> Done:
        """Run one task to its end."""
        process = self.start(step, attempt=attempt, index=index, count=count, **settings)
        return finish(process)

    def start(
        self, step: str, *, attempt: int = 1, index: int = 0, count: int = 1, **settings: str
    ) -> subprocess.Popen[str]:
        """Start one task."""
        run = f"quakes-{self.date}-g{self.generation}"
        environment = {
            "NIGHTJAR_RUN": run,
            "NIGHTJAR_STEP": step,
            "NIGHTJAR_ATTEMPT": f"{run}/{step}/{attempt}",
            "NIGHTJAR_LOGICAL_DATE": self.date,
            "NIGHTJAR_TIME_ZONE": "America/New_York",
            "NIGHTJAR_STORAGE": self.storage.as_uri(),
            "CLOUD_RUN_TASK_INDEX": str(index),
            "CLOUD_RUN_TASK_COUNT": str(count),
            **self.settings,
            **settings,
        }
        return spawn([f"steps.{step}"], environment)

    def alone(self, step: str, scratch: pathlib.Path, **settings: str) -> Done:
        """Run one step as a person does, on this run's results."""
        arguments = ["--date", self.date, "--storage", self.storage.as_uri(), "--scratch", str(scratch)]
        return finish(spawn([f"steps.{step}", *arguments], settings))

    def manifests(self) -> Mapping[str, bytes]:
        """All manifests by path below the object store's root."""
        return {str(path.relative_to(self.storage)): path.read_bytes() for path in self.storage.rglob("manifest-*")}

    def rows(self, step: str) -> Mapping[str, int]:
        """The counts in the manifests of a step, summed over its tasks."""
        folder = self.storage / f"runs/quakes/{self.date}/{self.generation:04d}/{step}"
        total: dict[str, int] = {}
        for path in folder.glob("manifest-*"):
            for name, number in json.loads(path.read_bytes())["rows"].items():
                total[name] = total.get(name, 0) + number
        return total

    def read(self, step: str, name: str) -> bytes:
        """An object of a step with one task."""
        folder = self.storage / f"runs/quakes/{self.date}/{self.generation:04d}/{step}"
        manifest = json.loads((folder / "manifest-0-of-1.json").read_bytes())
        return pathlib.Path(self.storage, "objects/sha256", manifest["objects"][name]["sha256"]).read_bytes()


def _environment() -> dict[str, str]:
    inherited = {
        name: os.environ[name] for name in ("PATH", "HOME", "TMPDIR", "PYTHONPYCACHEPREFIX") if name in os.environ
    }
    paths = {"PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    return {**inherited, **paths}


def spawn(arguments: Sequence[str], environment: Mapping[str, str]) -> subprocess.Popen[str]:
    """Start a Python program of the repository with an environment of its own."""
    return subprocess.Popen(
        [sys.executable, "-m", *arguments],
        env={**_environment(), **environment},
        stdin=subprocess.DEVNULL,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: subprocess.Popen[str]) -> Done:
    """Wait for a process's end and read its log."""
    _, errors = process.communicate(timeout=120)
    return Done(code=process.returncode, log=tuple(_entry(line) for line in errors.splitlines()))


def _entry(line: str) -> Mapping[str, Any]:
    try:
        return dict(json.loads(line))
    except ValueError:
        return {"message": line}


@contextmanager
def replay(*catalogues: pathlib.Path, folder: pathlib.Path, options: Sequence[str] = ()) -> Iterator[Replay]:
    """A replay service for the length of a block."""
    command = [sys.executable, "-m", "tools.fdsn_replay", *options, *map(str, catalogues)]
    with (folder / "log").open("w") as log:
        process = subprocess.Popen(command, stdout=subprocess.PIPE, stderr=log, text=True, env=_environment())
    try:
        url = process.stdout.readline().strip() if process.stdout else ""
        if not url:
            raise AssertionError((folder / "log").read_text())
        yield Replay(url=url)
    finally:
        process.terminate()
        process.communicate(timeout=30)
