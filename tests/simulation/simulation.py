"""One case from its first trigger to its last: the real core and engine, processes that come, die and come back.

After everything that the case has in store the faults cease, and a few triggers must bring the day to its end.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from collections.abc import Callable
from dataclasses import dataclass
from datetime import timedelta
from random import Random

from orchestrator.core.errors import BrokenLog, ConfigurationError, NightjarError
from orchestrator.core.states import RunState, RunView, fold
from orchestrator.engine import cancel
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Answer, Driven, DrivenBySomebodyElse, Order, latest, trigger
from orchestrator.testing import build
from orchestrator.testing.fakes import FakeClock, FakeInterrupt
from orchestrator.testing.memory import MemoryStore
from tests.simulation.cases import Case, Stimulus, What
from tests.simulation.checker import Checker
from tests.simulation.cloud import Cloud
from tests.simulation.faults import Fault
from tests.simulation.line import Line
from tests.simulation.ports import SimulatedClock, SimulatedRunner, SimulatedStore
from tests.simulation.turns import Actor, Crew, Turns

LAST = 4
"""Triggers after the last fault that must be enough to bring a day to its end."""
_BACK = timedelta(seconds=5)
"""How long the platform takes to bring a process back."""
_GLANCE = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """What came of a case; `problem` is empty if everything held that must."""

    case: Case
    problem: str
    checker: Checker

    @property
    def attempts(self) -> int:
        """How many attempts were intended."""
        return sum(len(ledger.intents) for ledger in self.checker.ledgers.values())


def simulate(case: Case, crew: Crew) -> Result:
    """Let a case happen."""
    simulation = _Simulation(case, crew)
    simulation.happen()
    return Result(case=case, problem=simulation.checker.problem, checker=simulation.checker)


class _StoreClock(FakeClock):
    """The store's own clock is the true one."""

    def __init__(self, turns: Turns) -> None:
        super().__init__()
        self._turns = turns

    def now(self):  # type: ignore[no-untyped-def]
        return self._turns.now


@dataclass(slots=True)
class _Process:
    """A process of the orchestrator on its machine."""

    line: Line
    interrupt: FakeInterrupt


class _Simulation:
    def __init__(self, case: Case, crew: Crew) -> None:
        self._case = case
        self._turns = Turns(crew)
        self.checker = Checker(self._turns)
        self._random = Random(case.seed)  # noqa: S311  (a case is repeatable)
        self._cloud = Cloud(self._turns, self.checker, self._random, acts=case.acts, visible_within=case.visible_within)
        self._store = MemoryStore(_StoreClock(self._turns))
        self._releases = case.releases()
        self._release = self._releases[0]
        self._processes: dict[str, _Process] = {}
        self._faults: defaultdict[str, list[Fault]] = defaultdict(list)
        for fault in case.faults:
            self._faults[fault.who].append(fault)

    def happen(self) -> None:
        level = logging.root.manager.disable
        logging.disable(logging.CRITICAL)
        try:
            for stimulus in self._case.stimuli:
                self._schedule(stimulus)
            self._turns.run()
            self._end()
        finally:
            logging.disable(level)
        if not self.checker.problem:
            self.checker.finish(self._store.logs)

    def _end(self) -> None:
        """Without faults any more, under what is deployed now."""
        self._faults.clear()
        for number in range(1, LAST + 1):
            if self.checker.problem or (
                self.checker.ledgers and all(x.finished for x in self.checker.ledgers.values())
            ):
                return
            stimulus = Stimulus(at=1.0, what=What.TRIGGER, name=f"last{number}", allow_mixed=True)
            self._schedule(stimulus)
            self._turns.run()

    def _schedule(self, stimulus: Stimulus) -> None:
        at = timedelta(seconds=stimulus.at)
        match stimulus.what:
            case What.TRIGGER:
                self._enter(stimulus, self._trigger, at)
            case What.CANCEL:
                self._enter(stimulus, self._cancel, at)
            case What.DEPLOY:
                self._turns.later(at, lambda: self._deploy(stimulus.release))
            case What.STOP:
                self._turns.later(at, lambda: self._stop(stimulus.name))
            case What.JUMP:
                self._turns.later(at, lambda: self._jump(stimulus))

    def _enter(self, stimulus: Stimulus, what: Callable[[World, Stimulus], bool], at: timedelta, life: int = 1) -> None:
        """A process comes up; if it dies or leaves its work undone, the platform brings it back."""
        name = f"{stimulus.name}.{life}"

        def live() -> None:
            process = self._process(name, stimulus.skew)
            self.checker.tell(
                name,
                f"comes up to {stimulus.wish.name.lower()}" if stimulus.what is What.TRIGGER else "comes up to cancel",
            )
            done = False
            try:
                done = what(self._world(process), stimulus)
            except ConfigurationError as err:
                self.checker.tell(name, f"is refused: {err}")
                done = True
            except BrokenLog as err:
                self.checker.broken(name, str(err))
            except NightjarError as err:
                self.checker.tell(name, f"leaves: {type(err).__name__}: {err}")
            except Exception as err:  # noqa: BLE001  (whatever it is, it is found)
                self.checker.broken(name, f"{type(err).__name__}: {err}")
            finally:
                if process.line.dead:
                    self.checker.tell(name, "is dead")
                if not done and life <= stimulus.again:
                    self._enter(stimulus, what, _BACK, life + 1)

        self._turns.later(at, Actor(name, live))

    def _process(self, name: str, skew: float) -> _Process:
        seed = f"{self._case.seed} {name}"
        line = Line(name, self._turns, self.checker, faults=self._faults.get(name, ()), random=Random(seed))  # noqa: S311
        line.skew = timedelta(seconds=skew)
        self._processes[name.rpartition(".")[0]] = process = _Process(line, FakeInterrupt())
        return process

    def _world(self, process: _Process) -> World:
        return World(
            store=SimulatedStore(process.line, self._store, self.checker),
            runner=SimulatedRunner(process.line, self._cloud, self.checker),
            clock=SimulatedClock(process.line),
            interrupt=process.interrupt,
            driver=process.line.who,
        )

    def _trigger(self, world: World, stimulus: Stimulus) -> bool:
        """The commands run, retry and rerun, as `commands/driving.py` has them. Whether there is nothing left to do."""
        order = Order(
            release=self._release,
            logical_date=build.DAY,
            storage="memory:",
            wish=stimulus.wish,
            by="a person",
            start=stimulus.start,
            allow_mixed=stimulus.allow_mixed,
        )
        return self._told(world, trigger, order)

    def _told(self, world: World, do: Callable[[World, Order], Answer], order: Order) -> bool:
        since = self._turns.now
        answer = do(world, order)
        view = answer.view
        self.checker.tell(world.driver, f"goes: {type(answer).__name__}, {view.run} is {view.outcome or view.state}")
        if isinstance(answer, DrivenBySomebodyElse) and answer.alive:
            self.checker.seen_alive(world.driver, view.run, answer.driver, since)
            return True
        return not isinstance(answer, Driven) or view.state is RunState.FINISHED

    def _cancel(self, world: World, stimulus: Stimulus) -> bool:  # noqa: ARG002
        """The command cancel, as `commands/cancelling.py` has it."""
        current = latest(world.store, self._case.pipeline.name, build.DAY)
        if current is None:
            return True
        view = cancel.request(world.store, current.run, by="a person", why="so", now=world.clock.now())
        while view is not None and view.state is not RunState.FINISHED:
            if world.store.holder(view.run) is None:
                self._told(world, trigger, self._order_of(view))
            else:
                world.clock.sleep(_GLANCE)
            view = fold(world.store.read(view.run))
        return True

    def _order_of(self, view: RunView) -> Order:
        return Order(release=view.release, logical_date=view.run.logical_date, storage=view.storage)

    def _deploy(self, number: int) -> None:
        self._release = self._releases[number]
        self._cloud.deployed = {name: image.digest for name, image in self._release.images.items()}
        self.checker.tell("a person", f"deploys release {number}")

    def _stop(self, name: str) -> None:
        if name in self._processes:
            self._processes[name].interrupt.reason = "SIGTERM"
            self.checker.tell("platform", f"asks {name} to stop")

    def _jump(self, stimulus: Stimulus) -> None:
        if stimulus.name in self._processes:
            self._processes[stimulus.name].line.skew += timedelta(seconds=stimulus.skew)
            self.checker.tell("machine", f"the clock of {stimulus.name} jumps by {stimulus.skew:g} s")
