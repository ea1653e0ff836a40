"""A machine on which `//deploy:local` is run: its folder, its catalogue, and ways to look at what it left."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import re
import signal
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass, field

import psycopg

from tools.postgres.server import server

PIPELINE = "quakes"
_PATIENCE = 180.0
_LOCK = pathlib.Path("steps/load/sql/lock.sql").read_text()


@dataclass(frozen=True, slots=True)
class Done:
    """How a local run ended."""

    code: int
    stdout: str
    stderr: str


@dataclass(slots=True)
class Running:
    """A local run that goes on, and the files with what it says."""

    stdout: pathlib.Path
    stderr: pathlib.Path
    process: subprocess.Popen[bytes] = field(init=False)

    def wait_for(self, text: str) -> None:
        """Wait until standard error has something of this regular expression."""
        give_up = time.monotonic() + _PATIENCE
        while not re.search(text, said := self.stderr.read_text()):
            assert self.process.poll() is None, f"the run ended without saying {text!r}:\n{said}"
            assert time.monotonic() < give_up, f"the run does not say {text!r}:\n{said}"
            time.sleep(0.01)

    def finish(self) -> Done:
        """Wait for its end."""
        code = self.process.wait(_PATIENCE)
        return Done(code, self.stdout.read_text(), self.stderr.read_text())


@dataclass(frozen=True, slots=True)
class Machine:
    """A folder for `--out`, the recorded catalogue that is served, and the `--runner`; None for the default."""

    folder: pathlib.Path
    catalogue: pathlib.Path = pathlib.Path("tests/data/usgs-2018-02.geojson")
    runner: str | None = "images"

    def command(self, *arguments: str) -> list[str]:
        """The command line of a local run here."""
        runner = ["--runner", self.runner] if self.runner else []
        return [str(pathlib.Path(os.environ["LOCAL"]).absolute()), "--out", str(self.folder), *runner, *arguments]

    def start(self, *arguments: str) -> Running:
        """Start a local run in a session of its own."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self._share_images()
        said = tempfile.mkdtemp(dir=self.folder.parent)
        running = Running(pathlib.Path(said, "stdout"), pathlib.Path(said, "stderr"))
        with running.stdout.open("wb") as stdout, running.stderr.open("wb") as stderr:
            running.process = subprocess.Popen(
                self.command(*arguments),
                env={**os.environ, "CATALOGUE": str(self.catalogue.absolute())},
                stdout=stdout,
                stderr=stderr,
                start_new_session=True,
            )
        return running

    def _share_images(self) -> None:
        """Images are unpacked once for all machines of a test: that they can be is tested elsewhere."""
        images = pathlib.Path(os.environ["TEST_TMPDIR"], "images")
        images.mkdir(exist_ok=True)
        with contextlib.suppress(FileExistsError):
            (self.folder / "images").symlink_to(images)

    def run(self, *arguments: str) -> Done:
        """Run to the end."""
        return self.start(*arguments).finish()

    def manifests(self) -> dict[str, str]:
        """Digest of every manifest by its key."""
        storage = self.folder / "storage"
        return {
            str(path.relative_to(storage)): hashlib.sha256(path.read_bytes()).hexdigest()
            for path in sorted(storage.rglob("manifest-*.json"))
        }

    def attempts(self, day: str) -> dict[str, int]:
        """How many attempts of each step the process runner started."""
        run = self.folder / "processes" / f"{PIPELINE}-{day}-g1"
        return {step.name: len(list(step.iterdir())) for step in sorted(run.iterdir())}

    def executions(self, step: str) -> int:
        """How many executions of a step every local Cloud Run so far performed."""
        return len(list(self.folder.glob(f"cloud-run/*/attempts/{PIPELINE}-{step}-*")))

    @contextlib.contextmanager
    def database(self) -> Iterator[psycopg.Connection]:
        """A connection to the run's database, which is started if it does not run."""
        with server(self.folder / "postgres") as running, psycopg.connect(running.dsn, autocommit=True) as connection:
            yield connection


def held_in_load(machine: Machine, day: str) -> tuple[psycopg.Connection, Running]:
    """Start a run and hold it inside `load`, by the very lock that `load` takes; its holder, and the run."""
    run = machine.start("--date", day)
    run.wait_for("extract: started")
    dsn = json.loads((machine.folder / "environment.json").read_text())["secrets"]["database"]
    connection = psycopg.connect(dsn, autocommit=True)
    connection.execute(_LOCK.replace("_xact_", "_").encode())
    run.wait_for("load: started")
    while not connection.execute("SELECT 1 FROM pg_locks WHERE NOT granted").fetchone():
        os.sched_yield()
    return connection, run


def pids_with(text: str) -> list[int]:
    """The processes whose command line or environment has the text."""
    found = []
    for folder in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError):
            if folder.name.isdigit() and int(folder.name) != os.getpid():
                content = (folder / "cmdline").read_bytes() + (folder / "environ").read_bytes()
                if text.encode() in content:
                    found.append(int(folder.name))
    return found


def kill_all(text: str) -> None:
    """SIGKILL to every process that carries the text, until there is none."""
    give_up = time.monotonic() + _PATIENCE
    while pids := pids_with(text):
        assert time.monotonic() < give_up, f"{pids} do not die"
        for pid in pids:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        time.sleep(0.01)
