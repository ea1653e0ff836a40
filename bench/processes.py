"""The command line and the runner for this machine, measured as people use them: real processes on a SQLite store.

A step says that it runs by its first instruction, a write to a FIFO, and this process notes the time. Which `nightjar`
is measured is told by `bench/programs.py`.
"""

from __future__ import annotations

import itertools
import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from bench.days import chain
from bench.programs import Program
from orchestrator.core import release as releases
from orchestrator.core.model import Pipeline
from orchestrator.testing import build

_PATIENCE = 60.0

_STEP = """\
#!/bin/sh
echo "$NIGHTJAR_STEP" > {door}
if [ -p {gate} ]; then read -r _ < {gate}; fi
"""


class Yard:
    """A folder with a release of shell steps, and the FIFO by which they speak."""

    def __init__(self, folder: Path, program: Program) -> None:
        self._folder = folder
        self._program = program
        door = folder / "door"
        os.mkfifo(door)
        self._door = os.open(door, os.O_RDWR)
        step = folder / "step.sh"
        step.write_text(_STEP.format(door=door, gate=folder / "gate"), encoding="utf-8")
        step.chmod(0o755)

    def close(self) -> None:
        """Let go of the FIFO."""
        os.close(self._door)

    def first_instruction(self) -> float:
        """Seconds from the call of `nightjar run` to the first step's first instruction."""
        state = self._state(chain(1))
        before = time.perf_counter()
        process = self._run(state)
        _, at = self._heard()
        _left(process)
        return at - before

    def to_the_next(self, steps: int) -> list[float]:
        """Seconds from each step's only instruction to that of the step which waits for it."""
        process = self._run(self._state(chain(steps)))
        times = [self._heard()[1] for _ in range(steps)]
        _left(process)
        return [later - earlier for earlier, later in itertools.pairwise(times)]

    def status(self) -> float:
        """Seconds that `nightjar status` takes on the last state, with what it prints."""
        return self._seconds(*self._program.nightjar, "status", "--state", str(self._folder / "state"))

    def interpreter(self) -> float:
        """Seconds that the interpreter takes for nothing."""
        return self._seconds("-I", "-c", "")

    def killed_to_adopting(self) -> float:
        """Seconds from kill -9 of the orchestrator, whose step runs on, to the next one's adoption of that step."""
        gate = self._folder / "gate"
        os.mkfifo(gate)
        state = self._state(chain(1))
        first = self._run(state)
        self._heard()
        _until(first, "attempt.started")
        first.kill()
        before = time.perf_counter()
        first.communicate(timeout=_PATIENCE)
        second = self._run(state)
        _until(second, "attempt.adopted")
        spent = time.perf_counter() - before
        gate.write_text("go\n", encoding="ascii")
        _left(second)
        gate.unlink()
        return spent

    def _state(self, pipeline: Pipeline) -> Path:
        """A state folder in which nothing happened yet."""
        state = self._folder / "state"
        if state.exists():
            state.rename(self._folder / f"state-{len(list(self._folder.iterdir()))}")
        release = build.release(pipeline, commands=dict.fromkeys(pipeline.steps, ("step.sh",)))
        (self._folder / "release.json").write_text(releases.dumps(release), encoding="utf-8")
        return state

    def _run(self, state: Path) -> subprocess.Popen[bytes]:
        what = ["--release", str(self._folder / "release.json"), "--date", build.DAY.isoformat()]
        where = ["--root", str(self._folder), "--state", str(state), "--log-format", "json"]
        command = [*self._program.python, *self._program.nightjar, "run", *what, *where]
        return subprocess.Popen(command, stderr=subprocess.PIPE, env=self._program.environment)

    def _seconds(self, *words: str) -> float:
        """How long the interpreter takes from its start to its end."""
        command = [*self._program.python, *words]
        before = time.perf_counter()
        subprocess.run(command, check=True, capture_output=True, env=self._program.environment, timeout=_PATIENCE)
        return time.perf_counter() - before

    def _heard(self) -> tuple[str, float]:
        """What the next step says, and when."""
        if not select.select([self._door], [], [], _PATIENCE)[0]:
            raise RuntimeError(f"no step began within {_PATIENCE} s")
        at = time.perf_counter()
        return os.read(self._door, 4096).decode(), at


def repeated(measure: Callable[[], float], *, times: int) -> list[float]:
    """Measured so often, after once for nothing."""
    measure()
    return [measure() for _ in range(times)]


def idle(folder: Path, *, steps: int, seconds: float) -> dict[str, Any]:
    """See `bench/idle.py`."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", "bench.idle", str(folder), str(steps), str(seconds)]
    done = subprocess.run(command, check=True, capture_output=True, text=True, env=environment)
    found: dict[str, Any] = json.loads(done.stdout)
    return found


def _until(process: subprocess.Popen[bytes], event: str) -> None:
    """Read an orchestrator's log until this event is told."""
    for line in process.stderr or ():
        if json.loads(line).get("event") == event:
            return
    raise RuntimeError(f"the orchestrator left before {event}")


def _left(process: subprocess.Popen[bytes]) -> None:
    _, said = process.communicate(timeout=_PATIENCE)
    if process.returncode != 0:
        raise RuntimeError(f"the orchestrator ended with {process.returncode}:\n{said.decode(errors='replace')}")
