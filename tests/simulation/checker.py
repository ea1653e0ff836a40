"""What must hold after everything that happens, whatever the faults: log and world are held against one another.

It sees the truth of the simulated world, and what each process was told. The first thing that must not be ends the
case. `ledger.py` has what the log alone must not say.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.core import events
from orchestrator.core.errors import BrokenLog
from orchestrator.core.events import Event, Recorded
from orchestrator.core.launch import Launch
from orchestrator.core.states import RunView, fold
from orchestrator.engine.lease import TERMS
from orchestrator.ports import Lease
from steps.kit.contract import AttemptId, RunId
from tests.simulation.cloud import Execution
from tests.simulation.faults import Fault
from tests.simulation.ledger import SUCCESS, Ledger
from tests.simulation.turns import Turns

_CALLS = timedelta(seconds=1)
"""How long a few calls may take when nothing is frozen."""


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of the story."""

    at: datetime
    who: str
    what: object


class Checker:
    """Holds the world against the logs of all runs. `problem` is the first thing that must not be."""

    def __init__(self, turns: Turns) -> None:
        self.problem: str = ""
        self.story: list[Entry] = []
        self.faults: list[Fault] = []
        self.ledgers: dict[RunId, Ledger] = {}
        self.works_begun: int = 0
        self.executions: defaultdict[AttemptId, list[Execution]] = defaultdict(list)
        self._turns = turns
        self._views: dict[RunId, RunView] = {}
        self._worked: set[tuple[AttemptId, int]] = set()
        self._published: set[tuple[RunId, str, int]] = set()
        self._claimed: dict[RunId, datetime] = {}
        self._known: defaultdict[tuple[str, RunId], int] = defaultdict(int)
        self._leases: dict[tuple[str, RunId], tuple[str, datetime]] = {}
        self._beats: dict[tuple[str, RunId], datetime] = {}

    @property
    def at_rest(self) -> bool:
        """Whether there is a run, and every run has finished."""
        return bool(self.ledgers) and all(ledger.finished for ledger in self.ledgers.values())

    def tell(self, who: str, what: object) -> None:
        """Add a line to the story."""
        self.story.append(Entry(self._turns.now, who, what))

    def broken(self, who: str, problem: str) -> None:
        """See `line.Listener`."""
        if not self.problem:
            self.problem = problem
            self.tell(who, f"BROKEN: {problem}")
            self._turns.halted = True

    def met(self, fault: Fault) -> None:
        """See `line.Listener`."""
        self.faults.append(fault)
        self.tell(fault.who, fault)

    def knows(self, who: str, recorded: Sequence[Recorded]) -> None:
        """A process was told of these events."""
        if recorded:
            last = recorded[-1]
            self._known[who, last.run] = max(self._known[who, last.run], last.seq)

    def claimed(self, who: str, run: RunId, lease: Lease) -> None:
        """The store answered a claim; the process may not have the answer yet."""
        if lease.driver == who:
            self._beats[who, run] = self._turns.now

    def lease_seen(self, who: str, run: RunId, lease: Lease, now: datetime) -> None:
        """A process was told who holds the lease, at this time of its own clock."""
        if self._leases.get((who, run), ("", now))[0] != lease.driver:
            self.tell(who, f"is told that {lease.driver} holds the lease")
        self._leases[who, run] = (lease.driver, now)

    def seen_alive(self, who: str, run: RunId, driver: str, since: datetime) -> None:
        """A process left a run to its driver, whom it says to have seen alive since this time."""
        if self._beats.get((driver, run), since - TERMS.beat) < since:
            self.broken(who, f"{who} left {run} to {driver}, which gave no sign of life meanwhile")

    def appended(self, who: str, recorded: Sequence[Recorded]) -> None:
        """Events are in the log."""
        for each in recorded:
            self.tell(who, each)
            ledger = self.ledgers.setdefault(each.run, Ledger(each.run))
            self._check(who, ledger.take(who, each))
            self._check(who, self._event(who, ledger, each.event))
            self._fold(who, each)

    def starting(self, who: str, launch: Launch, now: datetime) -> None:
        """A process is about to start an attempt, at this time of its own clock."""
        run = launch.attempt.run
        cancelled = self.ledgers[run].cancelled if run in self.ledgers else 0
        if cancelled and self._known[who, run] >= cancelled:
            self.broken(who, f"{who} starts {launch.attempt} although it knows that the run was cancelled")
        holder, seen = self._leases.get((who, run), ("nobody", now))
        if holder != who:
            self.broken(who, f"{who} starts {launch.attempt} although it was told that {holder} holds the lease")
        elif abs(now - seen) > TERMS.beat + _CALLS:
            self.broken(who, f"{who} starts {launch.attempt} without having looked at its lease for {now - seen}")

    def created(self, execution: Execution) -> None:
        """See `cloud.Witness`."""
        attempt, who = execution.attempt, execution.by
        self.executions[attempt].append(execution)
        self.tell("platform", f"{execution.name} is created for {who}")
        ledger = self.ledgers.get(attempt.run)
        intent = ledger.intents.get(attempt) if ledger is not None else None
        if ledger is None or intent is None:
            self.broken(who, f"{attempt} was started and its intent is not in the log")
            return
        if intent.digest != execution.digest:
            self.broken(who, f"{attempt} runs {execution.digest[-2:]}, its intent says {intent.digest[-2:]}")
        if ledger.cancelled and intent.seq > ledger.cancelled:
            self.broken(who, f"{attempt} was started, and its intent came after the run had been cancelled")
        if ledger.driver == who and not ledger.is_current(attempt):
            self.broken(who, f"{who} started {attempt}, whose end is in the log")

    def works(self, execution: Execution, task: int) -> None:
        """See `cloud.Witness`."""
        attempt, ledger = execution.attempt, self.ledgers[execution.attempt.run]
        self.works_begun += 1
        self.tell("platform", f"{execution.name} works" + (f" (task {task})" if execution.tasks > 1 else ""))
        facts = ledger.steps[attempt.step]
        if (attempt, task) in self._worked:
            self.broken("platform", f"{attempt}, task {task}: it works a second time")
        self._worked.add((attempt, task))
        if facts.state in SUCCESS or (attempt.run, attempt.step, task) in self._published:
            self.broken("platform", f"{attempt}: it works although the step is done")
        if ledger.is_current(attempt) and (waits := ", ".join(ledger.needs(attempt.step))):
            self.broken("platform", f"{attempt} works before {waits} ended as it wants")
        if ledger.cancelled and ledger.intents[attempt].seq > ledger.cancelled:
            self.broken("platform", f"{attempt} works, and was intended after the run had been cancelled")
        if ledger.finished and execution.by == ledger.last:
            self.broken("platform", f"{attempt} works after its driver has finished the run")

    def published(self, execution: Execution, task: int) -> None:
        """See `cloud.Witness`."""
        self._published.add((execution.attempt.run, execution.attempt.step, task))

    def ended(self, execution: Execution) -> None:
        """See `cloud.Witness`."""
        how = "vanishes" if execution.gone else "ends well"
        if execution.failure is not None:
            how = f"ends: {execution.failure.message}"
        self.tell("platform", f"{execution.name} {how}")

    def finish(self, logs: dict[RunId, list[Recorded]]) -> None:
        """After the last fault and the last trigger: every run has ended, and its log says so in one piece, too."""
        for run, log in logs.items():
            if fold(log) != self._views.get(run):
                self.broken("checker", f"{run}: the log as a whole is not what it was event by event")
            if not self.ledgers[run].finished:
                self.broken("checker", f"{run} cannot be brought to its end")

    def _check(self, who: str, problems: Iterable[str]) -> None:
        for problem in problems:
            self.broken(who, problem)

    def _fold(self, who: str, recorded: Recorded) -> None:
        try:
            self._views[recorded.run] = fold([recorded], self._views.get(recorded.run))
        except BrokenLog as err:
            self.broken(who, str(err))

    def _event(self, who: str, ledger: Ledger, event: Event) -> list[str]:
        """What an event says of the world, held against the world."""
        match event:
            case events.Claimed():
                self._claimed[ledger.run] = self._turns.now
                holder, _ = self._leases.get((who, ledger.run), ("nobody", None))
                return [] if holder == who else [f"{who} drives the run, and {holder} holds its lease"]
            case events.Withdrawn() | events.Failed() | events.Lost():
                return self._left(who, ledger, event.attempt)
            case events.Succeeded():
                return [*self._left(who, ledger, event.attempt), *self._undone(ledger, event.attempt)]
            case _:
                return []

    def _left(self, who: str, ledger: Ledger, attempt: AttemptId) -> list[str]:
        """The executions that go on although the log says that there is an end.

        One that a driver before this one had on its way may come up behind everybody's back: nothing can keep it.
        """
        since = self._claimed[ledger.run]
        every = self.executions[attempt]
        last = max((each.ended for each in every if each.ended is not None), default=since)
        return [
            f"{attempt} is at its end in the log, and {each.name} goes on"
            for each in every
            if each.ended is None and (each.by == who or each.created <= max(since, last))
        ]

    def _undone(self, ledger: Ledger, attempt: AttemptId) -> list[str]:
        tasks = range(ledger.step(attempt.step).tasks)
        missing = [task for task in tasks if (ledger.run, attempt.step, task) not in self._published]
        return [f"{attempt} succeeded in the log, and task {missing[0]} published nothing"] if missing else []
