"""Runs of twelve steps on an emulator of Cloud Run, each of which works until its run's gate is opened.

The gate is a FIFO that every step reads a byte of, so that waiting costs nothing. A step claims its attempt as steps
do, by a conditional create; a ledger has every execution that began, whether its claim was its own or not.
"""

from __future__ import annotations

import contextlib
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Final

from orchestrator import app, config
from orchestrator.core import release as releases
from orchestrator.core.events import Event
from orchestrator.testing import build
from orchestrator.testing.emulator import PROJECT, REGION, Emulator
from proof.drivers import begin
from steps.kit import contract
from steps.kit.contract import RunId
from tests.crash.crash_site import Driver, eventually

STEPS: Final = tuple(f"step_{number}" for number in range(1, 13))
_PATIENCE = 300.0
_PROGRAM = """\
#!/bin/sh
echo "$NIGHTJAR_ATTEMPT" >> "$ROUNDS/$NIGHTJAR_LOGICAL_DATE/ledger"
mkdir "$ROUNDS/$NIGHTJAR_LOGICAL_DATE/claims/$NIGHTJAR_STEP-${NIGHTJAR_ATTEMPT##*/}" || exit 0
read -r _ < "$ROUNDS/$NIGHTJAR_LOGICAL_DATE/gate"
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Round:
    """A run of one day, in a folder of its own. `gate` is open at this end, so that no step finds nobody there."""

    folder: Path
    run: RunId
    options: Sequence[str]
    gate: int

    def drive(self) -> Driver:
        """Start the orchestrator."""
        return begin("orchestrator", ["run", *self.options])

    def await_work(self) -> None:
        """Return when every step works."""
        eventually(lambda: len(self.worked()) >= len(STEPS) or None, patience=_PATIENCE)

    def open_gate(self) -> None:
        """Let every step end."""
        os.write(self.gate, b"\n" * len(STEPS))

    def worked(self) -> list[str]:
        """The attempt of each execution that began."""
        return (self.folder / "ledger").read_text(encoding="utf-8").split()

    def log(self) -> list[Event]:
        """The run's events."""
        address = config.read({"store": f"sqlite:{self.folder}/runs.sqlite"}, {}).store
        with contextlib.closing(app.open_store(address)) as store:
            return [recorded.event for recorded in store.read(self.run)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """The jobs of the steps, and a folder of rounds."""

    folder: Path
    running: Emulator

    @classmethod
    def made(cls, folder: Path, running: Emulator) -> Site:
        """Write the release and create its jobs."""
        program = folder / "program"
        program.write_text(_PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        pipeline = build.pipeline(*(build.step(name) for name in STEPS), parallelism=len(STEPS))
        (folder / "release.json").write_text(releases.dumps(build.release(pipeline)), encoding="utf-8")
        for name in STEPS:
            job = contract.job_name(pipeline.name, name)
            running.create_process_job(job, program, env={"ROUNDS": str(folder)}, timeout="3600s")
        return cls(folder=folder, running=running)

    @contextlib.contextmanager
    def round(self, day: date) -> Iterator[Round]:
        """A round that nothing was done for yet."""
        folder = self.folder / day.isoformat()
        (folder / "claims").mkdir(parents=True)
        (folder / "ledger").touch()
        os.mkfifo(folder / "gate")
        options = ["--release", str(self.folder / "release.json"), "--date", day.isoformat(), "--state", str(folder)]
        options += ["--runner", "cloud-run", "--project", PROJECT, "--region", REGION, "--log-format", "json"]
        options += ["--endpoint", self.running.address, "--launches-per-minute", "6000"]
        gate = os.open(folder / "gate", os.O_RDWR)
        try:
            yield Round(folder=folder, run=RunId("toy", day, 1), options=options, gate=gate)
        finally:
            os.close(gate)
