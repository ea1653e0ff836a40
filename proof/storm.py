"""Days under faults: the real engine, runner and client drive them over gRPC, several at once, to their right end.

A day has many steps without needs. One is refused by its data, one ends only when it is cancelled, the others succeed.
Each claims its attempt as steps do, by a conditional create, and notes in a ledger whether the claim was its own. A
driver that leaves is followed by another, as Cloud Run follows an orchestrator that exits. At the deadline all leave.
"""

from __future__ import annotations

import contextlib
import threading
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Final

from orchestrator.clock import SystemClock
from orchestrator.core.errors import ConfigurationError, Unavailable
from orchestrator.core.events import Recorded
from orchestrator.core.model import Pipeline, Release
from orchestrator.core.states import FINAL, RunState, RunView, StepState
from orchestrator.engine import cancel
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Order, trigger
from orchestrator.runners.cloud_run.runner import CloudRunRunner
from orchestrator.runners.cloud_run.settings import Place, Settings
from orchestrator.testing import build
from orchestrator.testing.emulator import PROJECT, REGION, Emulator
from orchestrator.testing.fakes import FakeInterrupt
from orchestrator.testing.memory import MemoryStore
from steps.kit import contract
from steps.kit.contract import AttemptId, RunId

BAD: Final = "bad"
ENDLESS: Final = "endless"
_AT_ONCE = 6
_PARALLELISM = 10
_SETTINGS = Settings(visible=3.0, launches_per_minute=6000)
_PROGRAM = """\
#!/bin/sh
if mkdir "$CLAIMS/$(echo "$NIGHTJAR_ATTEMPT" | tr / .)" 2> /dev/null; then
    echo "claimed $NIGHTJAR_ATTEMPT" >> "$LEDGER"
else
    echo "found $NIGHTJAR_ATTEMPT" >> "$LEDGER"
    exit 0
fi
case "$NIGHTJAR_STEP" in
    bad) exit 65 ;;
    endless) while :; do sleep 1; done ;;
esac
"""


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """What a day left: its log, and why each driver but the last one left."""

    run: RunId
    log: Sequence[Recorded]
    left: Sequence[str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Storm:
    """What came of all days, and how often an attempt, by its id, was claimed and was found to be claimed."""

    days: Sequence[Day]
    claimed: Mapping[str, int]
    found: Mapping[str, int]


@dataclass(frozen=True, slots=True, kw_only=True)
class Site:
    """Jobs of an emulator, whose program keeps ledger and claims in a folder."""

    folder: Path
    running: Emulator
    release: Release

    @classmethod
    def made(cls, folder: Path, running: Emulator, *, steps: int) -> Site:
        """Write the program and create the jobs, before anything goes wrong."""
        (folder / "claims").mkdir()
        (folder / "ledger").touch()
        program = folder / "program"
        program.write_text(_PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        env = {name.upper(): str(folder / name) for name in ("ledger", "claims")}
        pipeline = _pipeline(steps)
        for name in pipeline.steps:
            running.create_process_job(contract.job_name(pipeline.name, name), program, env=env)
        return cls(folder=folder, running=running, release=build.release(pipeline))

    def blow(self, *, days: int, seconds: float) -> Storm:
        """Drive so many days, and read what they left; faults are the caller's."""
        interrupt = FakeInterrupt()
        wanted = [build.DAY + timedelta(days=number) for number in range(days)]
        deadline = threading.Timer(seconds, lambda: setattr(interrupt, "reason", "the deadline"))
        deadline.start()
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            ended = list(pool.map(lambda day: self._drive(day, interrupt), wanted))
        deadline.cancel()
        lines = [line.split() for line in (self.folder / "ledger").read_text(encoding="utf-8").splitlines()]
        claimed, found = (Counter(attempt for word, attempt in lines if word == what) for what in ("claimed", "found"))
        return Storm(days=ended, claimed=claimed, found=found)

    def _drive(self, day: date, interrupt: FakeInterrupt) -> Day:
        """Send one driver after another until the day has ended."""
        store = MemoryStore(SystemClock())
        left: list[str] = []
        while not interrupt.reason:
            try:
                with self._world(store, interrupt, driver=f"driver {len(left)}") as world:
                    trigger(world, Order(release=self.release, logical_date=day, storage="file:///nowhere"))
                break
            except (ConfigurationError, Unavailable) as err:
                left.append(str(err))
        run = RunId(self.release.pipeline.name, day, 1)
        return Day(run=run, log=store.read(run), left=left)

    @contextlib.contextmanager
    def _world(self, store: MemoryStore, interrupt: FakeInterrupt, *, driver: str) -> Iterator[World]:
        clock = SystemClock()
        place = Place(project=PROJECT, region=REGION, endpoint=self.running.address)
        with contextlib.closing(CloudRunRunner(place, _SETTINGS, clock=clock, interrupt=interrupt)) as runner:
            yield World(
                store=store,
                runner=runner,
                clock=clock,
                interrupt=interrupt,
                driver=driver,
                subscribers=[_Canceller(store)],
            )


@dataclass(frozen=True, slots=True)
class _Canceller:
    """Somebody who cancels the run when nothing is left of it but the step that never ends."""

    store: MemoryStore

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """See `ports.Subscriber`: it looks now and then instead."""

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """See `ports.Subscriber`."""
        del tasks_done
        others = (step.state for name, step in view.steps.items() if name != ENDLESS)
        ready = view.state is RunState.DRIVEN and view.steps[ENDLESS].state is StepState.RUNNING
        if ready and not view.cancelled_by and all(state in FINAL for state in others):
            cancel.request(self.store, view.run, by="the proof", why="the rest is done", now=now)


def _pipeline(steps: int) -> Pipeline:
    """So many steps; the endless one comes first, so that it runs beside the others."""
    names = [ENDLESS, BAD, *(f"good_{number}" for number in range(steps - 2))]
    retry = build.attempts(6, initial=timedelta(milliseconds=200))
    made = (build.step(name, retry=retry) for name in names)
    return build.pipeline(*made, parallelism=_PARALLELISM)
