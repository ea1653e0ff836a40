from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from random import Random

import pytest

from orchestrator.ports import Execution
from orchestrator.runners.test_runner_contract import *  # noqa: F403  (the suite is the test)
from orchestrator.stores.test_store_contract import *  # noqa: F403
from orchestrator.testing import build
from orchestrator.testing.benches import Bench
from orchestrator.testing.memory import MemoryStore
from orchestrator.testing.stages import Play, Stage
from tests.simulation.cases import Act
from tests.simulation.checker import Checker
from tests.simulation.cloud import Cloud
from tests.simulation.line import Line
from tests.simulation.ports import SimulatedRunner, SimulatedStore
from tests.simulation.simulation import TrueClock
from tests.simulation.turns import Crew, Turns

# It is about processes, and what is simulated has one.
del test_other_process_holds_its_lease_until_it_runs_out  # noqa: F821

SOON = 0.01


class Deaf(Checker):
    """Contracts are tried on logs and attempts that no orchestrator would make."""

    def broken(self, who: str, problem: str) -> None:
        """Let it pass."""


class SimulatedStage(Stage):
    """The platform that everybody shares, and a runner to it that can be replaced; what exists may be shown late."""

    def __init__(self, crew: Crew, blind: float) -> None:
        acts = [
            Act(step=Play.GOOD, number=1, takes=SOON),
            Act(step=Play.BAD, number=1, takes=SOON, code=65),
            Act(step=Play.ENDLESS, number=1, takes=None),
        ]
        self.turns = Turns(crew)
        self.checker = Deaf(self.turns)
        pipeline = build.pipeline(*(build.step(name) for name in Play))
        self.checker.appended("one", build.log(pipeline))
        self.cloud = Cloud(self.turns, self.checker, Random(blind), acts=acts, visible_within=blind)  # noqa: S311
        self.restart()

    def restart(self) -> None:
        """Another line to the same platform."""
        self.runner = SimulatedRunner(_line(self.turns, self.checker), self.cloud, self.checker)

    def vanish(self, execution: Execution) -> None:
        """At once."""
        for each in self.cloud.executions[execution.attempt]:
            self.cloud.vanish(each)

    def executed(self) -> list[str]:
        """What was created."""
        return [str(each.attempt) for every in self.cloud.executions.values() for each in every]


def _line(turns: Turns, checker: Checker) -> Line:
    return Line("one", turns, checker, faults=(), random=Random(1))  # noqa: S311


@pytest.fixture(params=[0.0, 3.0], ids=["seen at once", "seen late"])
def stage(request: pytest.FixtureRequest, crew: Crew) -> SimulatedStage:
    """The simulated platform."""
    return SimulatedStage(crew, request.param)


@pytest.fixture
def bench(crew: Crew) -> Iterator[Bench]:
    """The simulated store."""
    turns = Turns(crew)
    checker, truth = Deaf(turns), MemoryStore(TrueClock(turns))
    made = Bench(lambda: SimulatedStore(_line(turns, checker), truth, checker), turns.pause)
    yield made
    made.close()


def test_doubled_attempt_ends_with_the_last_of_its_executions(stage: SimulatedStage) -> None:
    """One that has left the work to another ends at once; that is not the attempt's end."""
    launch = stage.launch(Play.ENDLESS)
    execution = stage.runner.start(launch)
    stage.look(execution)
    second = stage.cloud.create(launch, by="a zombie")
    while second.ended is None:
        assert stage.look(execution, timedelta(seconds=1)).outcome is None
    assert stage.look(execution, timedelta(seconds=9)).outcome is None
    stage.runner.cancel(execution)
    stage.end(execution)
    assert all(each.ended is not None for each in stage.cloud.executions[launch.attempt])
