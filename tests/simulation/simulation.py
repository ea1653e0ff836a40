"""One case from its first trigger to its last: the real core and engine, processes that come, die and come back.

After everything that the case has in store the faults cease, and a few triggers must bring the day to its end.
"""

from __future__ import annotations

import logging
from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime, timedelta
from random import Random

from orchestrator.core.errors import BrokenLog, ConfigurationError, NightjarError
from orchestrator.core.states import RunState, RunView, fold
from orchestrator.engine import cancel
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Driven, DrivenBySomebodyElse, Order, latest, trigger
from orchestrator.testing import build
from orchestrator.testing.fakes import FakeInterrupt
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
_GLANCE = timedelta(seconds=5)


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
    before = logging.root.manager.disable
    logging.disable(logging.CRITICAL)  # What the engine says of conflicts is in the story.
    try:
        simulation.happen()
    finally:
        logging.disable(before)
    return Result(case=case, problem=simulation.checker.problem, checker=simulation.checker)


class TrueClock:
    """See `ports.Clock`: virtual time itself, which is the store's."""

    def __init__(self, turns: Turns) -> None:
        self._turns = turns

    def now(self) -> datetime:
        """See `ports.Clock`."""
        return self._turns.now

    def sleep(self, time: timedelta) -> None:
        """See `ports.Clock`."""
        self._turns.pause(time)


class _Process:
    """A process of the orchestrator on its machine: what it is there for, and its life, the first or a later one."""

    def __init__(self, stimulus: Stimulus, life: int, line: Line) -> None:
        self.stimulus = stimulus
        self.life = life
        self.line = line
        self.interrupt = FakeInterrupt()


class _Simulation:
    def __init__(self, case: Case, crew: Crew) -> None:
        self._case = case
        self._turns = Turns(crew)
        self.checker = Checker(self._turns)
        random = Random(case.seed)  # noqa: S311  (a case is repeatable)
        self._cloud = Cloud(self._turns, self.checker, random, acts=case.acts, visible_within=case.visible_within)
        self._store = MemoryStore(TrueClock(self._turns))
        self._releases = case.releases()
        self._release = self._releases[0]
        self._processes: dict[str, _Process] = {}
        self._faults: defaultdict[str, list[Fault]] = defaultdict(list)
        for fault in case.faults:
            self._faults[fault.who].append(fault)

    def happen(self) -> None:
        for stimulus in self._case.stimuli:
            self._schedule(stimulus)
        self._turns.run()
        self._faults.clear()
        for number in range(1, LAST + 1):
            if not self.checker.problem and not self.checker.at_rest:
                last = Stimulus(at=1.0, what=What.TRIGGER, name=f"last{number}", allow_mixed=True)
                self._schedule(last)
                self._turns.run()
        if not self.checker.problem:
            self.checker.finish(self._store.logs)

    def _schedule(self, stimulus: Stimulus) -> None:
        at = timedelta(seconds=stimulus.at)
        match stimulus.what:
            case What.TRIGGER | What.CANCEL:
                self._enter(stimulus, at)
            case What.DEPLOY:
                self._turns.later(at, lambda: self._deploy(stimulus.release))
            case What.STOP:
                self._turns.later(at, lambda: self._stop(stimulus.name))
            case What.JUMP:
                self._turns.later(at, lambda: self._jump(stimulus))

    def _enter(self, stimulus: Stimulus, at: timedelta, life: int = 1) -> None:
        """A process comes up then."""
        name = f"{stimulus.name}.{life}"
        self._turns.later(at, Actor(name, lambda: self._live(self._process(name, stimulus, life))))

    def _process(self, name: str, stimulus: Stimulus, life: int) -> _Process:
        random = Random(f"{self._case.seed} {name}")  # noqa: S311  (a case is repeatable)
        line = Line(name, self._turns, self.checker, faults=self._faults.get(name, ()), random=random)
        line.skew = timedelta(seconds=stimulus.skew)
        self._processes[stimulus.name] = process = _Process(stimulus, life, line)
        return process

    def _live(self, process: _Process) -> None:
        """From its start to its exit or death; if work is left then, the platform brings it back."""
        who, stimulus = process.line.who, process.stimulus
        asked = stimulus.wish.name.lower() if stimulus.what is What.TRIGGER else "cancel"
        self.checker.tell(who, f"comes up to {asked}")
        done = False
        try:
            done = self._do(process)
        finally:
            if process.line.dead:
                self.checker.tell(who, "is dead")
            if not done and process.life <= stimulus.again:
                self._enter(stimulus, _BACK, process.life + 1)

    def _do(self, process: _Process) -> bool:
        """What the process is there for; whether nothing is left of it."""
        who = process.line.who
        act = self._trigger if process.stimulus.what is What.TRIGGER else self._cancel
        try:
            return act(self._world(process), process.stimulus)
        except ConfigurationError as err:
            self.checker.tell(who, f"is refused: {err}")
            return True
        except BrokenLog as err:
            self.checker.broken(who, str(err))
        except NightjarError as err:
            self.checker.tell(who, f"leaves: {type(err).__name__}: {err}")
        except Exception as err:  # noqa: BLE001  (whatever it is, it is a finding)
            self.checker.broken(who, f"{type(err).__name__}: {err}")
        return False

    def _world(self, process: _Process) -> World:
        return World(
            store=SimulatedStore(process.line, self._store, self.checker),
            runner=SimulatedRunner(process.line, self._cloud, self.checker),
            clock=SimulatedClock(process.line),
            interrupt=process.interrupt,
            driver=process.line.who,
        )

    def _trigger(self, world: World, stimulus: Stimulus) -> bool:
        """The commands run, retry and rerun, as `commands/driving.py` has them."""
        order = Order(
            release=self._release,
            logical_date=build.DAY,
            storage="memory:",
            wish=stimulus.wish,
            by="a person",
            start=stimulus.start,
            allow_mixed=stimulus.allow_mixed,
        )
        return self._drive(world, order)

    def _cancel(self, world: World, stimulus: Stimulus) -> bool:  # noqa: ARG002  (as `_trigger`)
        """The command cancel, as `commands/cancelling.py` has it."""
        current = latest(world.store, self._case.pipeline.name, build.DAY)
        if current is None:
            return True
        view = cancel.request(world.store, current.run, by="a person", why="so", now=world.clock.now())
        while view is not None and view.state is not RunState.FINISHED:
            if world.store.holder(view.run) is None:
                self._drive(world, _own_order(view))
            else:
                world.clock.sleep(_GLANCE)
            view = fold(world.store.read(view.run))
        return True

    def _drive(self, world: World, order: Order) -> bool:
        """Trigger the day; whether nothing is left to do."""
        since = self._turns.now
        answer = trigger(world, order)
        view = answer.view
        self.checker.tell(world.driver, f"goes: {type(answer).__name__}, {view.run} is {view.outcome or view.state}")
        match answer:
            case DrivenBySomebodyElse(alive=True):
                self.checker.seen_alive(world.driver, view.run, answer.driver, since)
                return True
            case Driven():
                return view.state is RunState.FINISHED
            case _:
                return True

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


def _own_order(view: RunView) -> Order:
    return Order(release=view.release, logical_date=view.run.logical_date, storage=view.storage)
