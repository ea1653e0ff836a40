"""A place where the real orchestrator runs a small pipeline of sh steps, and where a test can kill any of it.

Each step writes who it is to a ledger, then waits at its gate, a FIFO, if it has one, and exits with the code that the
test hands it there. Under a driver of `driver.py` a step may also wait until the log has the end of others (`AFTER`),
and have its exit codes by attempt (`CODES`). Nothing in here waits for luck: it waits for an event, a ledger line or a
gate, with a deadline.
"""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import json
import os
import select
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from orchestrator import app, config
from orchestrator.core import release as releases
from orchestrator.core.events import Event
from orchestrator.core.model import Pipeline
from orchestrator.runners import supervisor
from orchestrator.testing import build
from steps.kit.contract import RunId

PATIENCE = 60.0
# Read once: pytest changes a variable of its own with each test, while threads start drivers.
_ENVIRONMENT = dict(os.environ)
RUN = RunId("toy", build.DAY, 1)
_JSON = ("--log-format", "json")

_STEP = """\
#!/bin/sh
echo "$NIGHTJAR_ATTEMPT $$ $CLOUD_RUN_TASK_INDEX" >> "$LEDGER"
gate="$GATES/$NIGHTJAR_STEP"
code=0
for each in $CODES; do if [ "${NIGHTJAR_ATTEMPT##*/}" = "${each%=*}" ]; then code="${each#*=}"; fi; done
for each in $AFTER; do while [ ! -e "$ENDED/$each" ]; do sleep 0.02; done; done
if [ -p "$gate" ]; then read -r code < "$gate"; fi
echo "leaving with $code" >&2
exit "$code"
"""


@dataclasses.dataclass(frozen=True, slots=True)
class Line:
    """A ledger line: an attempt that ran, and its process."""

    attempt: str
    pid: int
    task: int

    @property
    def step(self) -> str:
        """The step of the attempt."""
        return self.attempt.split("/")[1]


class Site:
    """One state folder, one pipeline, one store."""

    def __init__(self, folder: Path, pipeline: Pipeline, *, store: str = "") -> None:
        self.folder = folder
        self.store = store or f"sqlite:{folder / 'state' / 'runs.sqlite'}"
        self._drivers: list[Driver] = []
        self._ledger = folder / "ledger"
        self._gates = folder / "gates"
        self._ended = folder / "ended"
        self._gates.mkdir(parents=True)
        self._ended.mkdir()
        self._ledger.touch()
        step = folder / "step.sh"
        step.write_text(_STEP, encoding="utf-8")
        step.chmod(0o755)
        env = {"LEDGER": str(self._ledger), "GATES": str(self._gates), "ENDED": str(self._ended)}
        steps = {
            name: dataclasses.replace(each, env={"AFTER": "", "CODES": "", **each.env, **env})
            for name, each in pipeline.steps.items()
        }
        pipeline = dataclasses.replace(pipeline, steps=steps)
        release = build.release(pipeline, commands=dict.fromkeys(steps, ("step.sh",)))
        (folder / "release.json").write_text(releases.dumps(release), encoding="utf-8")

    def trigger(self, *more: str) -> Driver:
        """Start the orchestrator for the day."""
        return self._start("orchestrator", "run", "--date", build.DAY.isoformat(), *self._what(), *_JSON, *more)

    def retry(self) -> Driver:
        """Start the orchestrator to do again what failed."""
        return self._start("orchestrator", "retry", str(RUN), *self._what(), *_JSON)

    def drive(self, *, lease: float, at: str = "") -> Driver:
        """The same by `driver.py`, which waits no longer than this for a dead driver, and may be told when to die."""
        moment = ["--at", at] if at else []
        gates = ["--gates", str(self._ended)]
        day = ["--date", build.DAY.isoformat()]
        return self._start("tests.crash.driver", *day, *self._what(), "--lease", str(lease), *gates, *moment)

    def clean(self) -> None:
        """Kill what still runs; tasks die with their supervisors."""
        for driver in self._drivers:
            driver.close()
        for pid in self.supervisors():
            os.kill(pid, signal.SIGKILL)

    def gate(self, *steps: str) -> None:
        """Make these steps wait for `open_gate`."""
        for step in steps:
            os.mkfifo(self._gates / step)

    def open_gate(self, step: str, code: int = 0) -> None:
        """Let the process that waits at a gate, or will, leave with this exit code."""
        descriptor = eventually(lambda: self._writer(step))
        os.write(descriptor, f"{code}\n".encode())
        os.close(descriptor)

    def ledger(self) -> list[Line]:
        """Every attempt that ran, in order."""
        lines = (line.split() for line in self._ledger.read_text(encoding="utf-8").splitlines())
        return [Line(attempt, int(pid), int(task)) for attempt, pid, task in lines]

    def ran(self, step: str, *, times: int = 1) -> Line:
        """Wait until a step has begun to run so many times; its last line."""
        return eventually(lambda: next(iter([line for line in self.ledger() if line.step == step][times - 1 :]), None))

    def events(self) -> list[Event]:
        """The log of the run."""
        address = config.read({"store": self.store}, {}).store
        with contextlib.closing(app.open_store(address)) as store:
            return [recorded.event for recorded in store.read(RUN)]

    def supervisors(self) -> list[int]:
        """The pids of the supervisors that were started and live."""
        identities = (self.folder / "state").glob("processes/*/*/*/" + supervisor.IDENTITY)
        found = [json.loads(path.read_bytes()) for path in identities]
        return [each["pid"] for each in found if supervisor.start_ticks(each["pid"]) == each["start"]]

    def _what(self) -> list[str]:
        """The settings of every command that drives."""
        where = ["--root", str(self.folder), "--state", str(self.folder / "state"), "--store", self.store]
        return ["--release", str(self.folder / "release.json"), *where]

    def _start(self, module: str, *arguments: str) -> Driver:
        command = [sys.executable, "-m", module, *arguments]
        environment = {**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
        driver = Driver(subprocess.Popen(command, stderr=subprocess.PIPE, env=environment))
        self._drivers.append(driver)
        return driver

    def _writer(self, step: str) -> int | None:
        try:
            return os.open(self._gates / step, os.O_WRONLY | os.O_NONBLOCK)
        except OSError as err:
            if err.errno == errno.ENXIO:  # Nobody waits there yet.
                return None
            raise


class Left(AssertionError):  # noqa: N818  (it is as expected, where somebody waits for it)
    """The orchestrator left without saying what was waited for."""


class Driver:
    """A running orchestrator. `heard` has what it said, and when by the monotonic clock that began at `began`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        self.process = process
        self.began = time.monotonic()
        self.heard: list[tuple[float, dict[str, Any]]] = []
        self._stderr = process.stderr.fileno() if process.stderr is not None else -1
        self._rest = b""

    def until(self, event: str, step: str | None = None) -> dict[str, Any]:
        """Read the log until this event, of this step, is told."""
        while True:
            entry = self.next()
            if entry.get("event") == event and step in {None, _step(entry)}:
                return entry

    def next(self) -> dict[str, Any]:
        """The next line of the log."""
        while b"\n" not in self._rest:
            if not select.select([self._stderr], [], [], PATIENCE)[0]:
                raise AssertionError(f"nothing was said for {PATIENCE} s after:\n{self._words()}")
            if not (read := os.read(self._stderr, 65536)):
                raise Left(f"the orchestrator left after:\n{self._words()}")
            self._rest += read
        line, _, self._rest = self._rest.partition(b"\n")
        try:
            entry: dict[str, Any] = json.loads(line)
        except ValueError:
            raise AssertionError(f"this is no log line: {line.decode()}\n{self._to_the_end()}") from None
        self.heard.append((time.monotonic(), entry))
        return entry

    def said(self) -> str:
        """Everything that was said, in words, after the process has left."""
        while True:
            try:
                self.next()
            except Left:
                return self._words()

    def _to_the_end(self) -> str:
        """What follows a line that is none of the log, such as the rest of a traceback, until it leaves."""
        while select.select([self._stderr], [], [], PATIENCE)[0] and (read := os.read(self._stderr, 65536)):
            self._rest += read
        return self._rest.decode()

    def _words(self) -> str:
        return "\n".join(entry["message"] for _, entry in self.heard)

    def send(self, number: signal.Signals) -> None:
        """Send a signal to the orchestrator alone."""
        self.process.send_signal(number)

    def kill(self) -> None:
        """Kill -9, and wait until the orchestrator is dead."""
        self.process.kill()
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """Kill it, if it still runs, and hear it no more."""
        self.kill()
        self.deafen()

    def deafen(self) -> None:
        """Close the reading end of its standard error."""
        if self.process.stderr is not None:
            self.process.stderr.close()

    def code(self) -> int:
        """The exit code, once it has left."""
        self.said()
        return self.process.wait(PATIENCE)


def eventually[T](look: Callable[[], T | None], *, patience: float = PATIENCE) -> T:
    """What `look` finds, as soon as it finds something."""
    give_up = time.monotonic() + patience
    while (found := look()) is None:
        if time.monotonic() > give_up:
            raise AssertionError("it did not come to pass")
        time.sleep(0.01)
    return found


def only_one_left(drivers: Sequence[Driver]) -> Driver | None:
    """The only driver that has not left, if there is only one."""
    living = [driver for driver in drivers if driver.process.poll() is None]
    return living[0] if len(living) == 1 else None


def is_stopped(pid: int) -> bool:
    """Whether a process was stopped by a signal and has not gone on."""
    return Path(f"/proc/{pid}/stat").read_text(encoding="ascii").rpartition(") ")[2].startswith("T")


def count(lines: Sequence[Line]) -> Mapping[str, int]:
    """How often each step ran."""
    return {step: [line.step for line in lines].count(step) for step in dict.fromkeys(line.step for line in lines)}


def _step(entry: Mapping[str, Any]) -> str | None:
    step: str | None = entry["logging.googleapis.com/labels"].get("step")
    return step
