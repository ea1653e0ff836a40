"""One case, driven to its end by the real engine, runner and client, against the emulator, and what came of it.

A driver that leaves is followed by another, as Cloud Run follows an orchestrator that exits. The step claims its
attempt as steps do, by a conditional create, and a ledger says how often it was executed.
"""

from __future__ import annotations

import dataclasses
import enum
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from orchestrator.clock import SystemClock
from orchestrator.core import states
from orchestrator.core.errors import ConfigurationError, Unavailable
from orchestrator.core.events import Failure, FailureKind, Outcome
from orchestrator.core.model import Release
from orchestrator.core.states import RunState, RunView
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Order, trigger
from orchestrator.runners.cloud_run.runner import CloudRunRunner
from orchestrator.runners.cloud_run.settings import Place, Settings
from orchestrator.testing import build
from orchestrator.testing.emulator import PROJECT, REGION, Emulator, emulator
from orchestrator.testing.fakes import FakeInterrupt
from orchestrator.testing.memory import MemoryStore
from tests.faults.cases import CASES, Call, Case

_AT_ONCE = 12
_DRIVERS = 4
_BAD_DATA = 65
_SETTINGS = Settings(visible=1.0, quota=30.0)
_DEADLINE = timedelta(seconds=2)
_PROGRAM = """\
#!/bin/sh
echo "$NIGHTJAR_ATTEMPT" >> "$LEDGER"
mkdir "$CLAIMS/$(echo "$NIGHTJAR_ATTEMPT" | tr / .)" || exit 0
case "$PLAY" in endless) while :; do sleep 1; done;; slow) sleep 2;; *) exit "$PLAY";; esac
"""


class Course(enum.StrEnum):
    """What became of a run, in words for people."""

    ON = "goes on"
    TOLD = "told before anything starts"
    LEFT = "left to the next driver"
    TRIED = "counts as an attempt"


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """How a case went. `ended` is the outcome and, of a failure, its kind and code."""

    course: Course
    ended: tuple[Outcome | None, FailureKind | None, int | None]
    executions: int
    claims: int


def expected_end(case: Case) -> tuple[Outcome, FailureKind | None, int | None]:
    """The right end of a case's run, whatever failed on the way."""
    match case.call.method:
        case "Tasks.ListTasks":
            return Outcome.FAILED, FailureKind.EXIT_CODE, _BAD_DATA
        case "Executions.CancelExecution":
            return Outcome.FAILED, FailureKind.CANCELLED, None
        case _:
            return Outcome.SUCCEEDED, None, None


def results(folder: Path) -> dict[Case, Result]:
    """Every case, several at a time."""
    with emulator(folder) as running:
        sites = [_Site(case, folder, running) for case in CASES]
        running.faults([case.fault for case in CASES])
        with ThreadPoolExecutor(_AT_ONCE) as pool:
            return dict(zip(CASES, pool.map(_Site.drive, sites), strict=True))


class _Site:
    """A case's pipeline, job, ledger and claims."""

    def __init__(self, case: Case, folder: Path, running: Emulator) -> None:
        self._case = case
        self._running = running
        self._place = folder / case.pipeline
        (self._place / "claims").mkdir(parents=True)
        (self._place / "ledger").touch()
        program = self._place / "program"
        program.write_text(_PROGRAM, encoding="utf-8")
        program.chmod(0o755)
        self._release = _release(case)
        running.create_process_job(f"{case.pipeline}-work", program, env=self._env())

    def drive(self) -> Result:
        """Send one driver after another until the run has ended."""
        store = MemoryStore(SystemClock())
        course = Course.ON
        for number in range(_DRIVERS):
            try:
                view = self._trigger(store, f"driver {number}")
            except ConfigurationError:
                course = Course.TOLD
            except Unavailable:
                course = Course.LEFT
            else:
                return self._result(view, course)
        raise AssertionError(f"{self._case}: {_DRIVERS} drivers could not end the run")

    def _trigger(self, store: MemoryStore, driver: str) -> RunView:
        interrupt = FakeInterrupt()
        place = Place(project=PROJECT, region=REGION, endpoint=self._running.address)
        runner = CloudRunRunner(place, _SETTINGS, clock=SystemClock(), interrupt=interrupt)
        try:
            world = World(store=store, runner=runner, clock=SystemClock(), interrupt=interrupt, driver=driver)
            order = Order(release=self._release, logical_date=build.DAY, storage="file:///nowhere")
            trigger(world, order)
            (run,) = store.logs
            return states.fold(store.read(run))
        finally:
            runner.close()

    def _result(self, view: RunView, course: Course) -> Result:
        step = view.steps["work"]
        assert view.state is RunState.FINISHED
        failure = step.failure or Failure(kind=FailureKind.EXIT_CODE, message="", code=0)
        told = view.outcome is Outcome.FAILED
        return Result(
            course=Course.TRIED if step.number > 1 else course,
            ended=(view.outcome, failure.kind if told else None, failure.code if told else None),
            executions=len((self._place / "ledger").read_text(encoding="utf-8").splitlines()),
            claims=len(list((self._place / "claims").iterdir())),
        )

    def _env(self) -> dict[str, str]:
        play = {
            Call("Tasks.ListTasks"): str(_BAD_DATA),
            Call("Executions.CancelExecution"): "endless",
            # Long enough for a second look.
            Call("Executions.GetExecution", 2): "slow",
        }
        return {
            "LEDGER": str(self._place / "ledger"),
            "CLAIMS": str(self._place / "claims"),
            "PLAY": play.get(self._case.call, "0"),
        }


def _release(case: Case) -> Release:
    step = build.step("work", retry=build.attempts(2, initial=timedelta(milliseconds=100)))
    deadline = _DEADLINE if case.call.method == "Executions.CancelExecution" else timedelta(minutes=10)
    pipeline = dataclasses.replace(build.pipeline(step, deadline=deadline), name=case.pipeline)
    return build.release(pipeline)
