"""What a log says of a run, by a second and simpler reading than the orchestrator's own, and what it must never say.

It is independent of `core/states.py` and `core/plan.py`, which are under test: it shares the events and nothing else.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from orchestrator.core import events
from orchestrator.core.events import Event, Outcome, Recorded
from orchestrator.core.model import Release, Step, When
from steps.kit.contract import AttemptId, RunId


@dataclass(slots=True)
class StepFacts:
    """One step: `state` is idle, intended, started, tried, waiting, or its end: succeeded, failed, skipped, reused."""

    state: str = "idle"
    number: int = 0
    spent: int = 0


@dataclass(frozen=True, slots=True)
class Intent:
    """Where in the log an attempt was intended, and from which image."""

    seq: int
    digest: str


SUCCESS = frozenset({"succeeded", "reused"})
FINAL = SUCCESS | {"failed", "skipped"}
LIVE = frozenset({"intended", "started"})
_ANYBODY = (events.Opened, events.Reopened, events.ReleaseChanged, events.CancelRequested)


@dataclass(slots=True)
class Ledger:
    """One run as its log tells it, event by event. `driver` is who may write now, `last` who drove it last."""

    run: RunId
    length: int = 0
    driver: str = ""
    last: str = ""
    finished: bool = False
    outcome: Outcome | None = None
    cancelled: int = 0
    """The number of the event that asked for the run's end, 0 for none."""
    release: Release | None = None
    steps: dict[str, StepFacts] = field(default_factory=dict)
    intents: dict[AttemptId, Intent] = field(default_factory=dict)

    def take(self, who: str, recorded: Recorded) -> Iterator[str]:
        """Read one more event that this process wrote; everything about it that must not be."""
        event = recorded.event
        if recorded.seq != self.length + 1:
            yield f"event {recorded.seq} was written after event {self.length}"
        self.length = recorded.seq
        if isinstance(event, events.Claimed):
            self.driver = self.last = event.driver
        elif not isinstance(event, _ANYBODY) and self.driver != who:
            yield f"{who} wrote {event.kind} while {self.driver or 'nobody'} drives the run"
        if self.finished and not isinstance(event, events.Reopened):
            yield f"{event.kind} was written after the run had finished"
        yield from self._of_run(event, recorded.seq)
        yield from self._of_step(event, recorded.seq)

    def step(self, name: str) -> Step:
        """A step of the pipeline as the run has it now."""
        if self.release is None:
            raise AssertionError(self.run)
        return self.release.pipeline.steps[name]

    def needs(self, name: str) -> Iterator[str]:
        """The steps that keep a step from working now."""
        step = self.step(name)
        enough = FINAL if step.when is When.ALL_DONE else SUCCESS
        return (need for need in step.needs if self.steps[need].state not in enough)

    def is_current(self, attempt: AttemptId) -> bool:
        """Whether an attempt is its step's last, and the log knows no end of it."""
        facts = self.steps[attempt.step]
        return facts.number == attempt.number and facts.state in LIVE

    def _of_run(self, event: Event, seq: int) -> Iterator[str]:
        match event:
            case events.Opened():
                self.release = event.release
                self.steps = {
                    name: StepFacts("reused" if name in event.reused else "idle") for name in event.release.images
                }
            case events.ReleaseChanged():
                self.release = event.release
            case events.Released():
                self.driver = ""
            case events.CancelRequested():
                self.cancelled = self.cancelled or seq
            case events.Finished():
                yield from self._finish(event.outcome)
            case events.Reopened():
                yield from self._reopen(event)
            case _:
                pass

    def _finish(self, outcome: Outcome) -> Iterator[str]:
        self.driver, self.finished, self.outcome = "", True, outcome
        states = {facts.state for facts in self.steps.values()}
        if not states <= FINAL:
            yield f"the run finished while a step was {', '.join(sorted(states - FINAL))}"
        # It may have come to its end by itself before its driver knew of the request.
        expected = {Outcome.FAILED if "failed" in states else Outcome.SUCCEEDED}
        if self.cancelled and not states <= SUCCESS:
            expected.add(Outcome.CANCELLED)
        if outcome not in expected:
            yield f"the run finished as {outcome}, and it is {' or '.join(sorted(expected))}"

    def _reopen(self, event: events.Reopened) -> Iterator[str]:
        if not self.finished:
            yield "a run was reopened that had not finished"
        self.finished, self.outcome, self.cancelled = False, None, 0
        self.release = event.release or self.release
        for name in event.steps:
            facts = self.steps[name]
            if facts.state not in {"failed", "skipped"}:
                yield f"{name} was reopened while it was {facts.state}"
            facts.state, facts.spent = "idle", 0

    def _of_step(self, event: Event, seq: int) -> Iterator[str]:
        match event:
            case events.Intended():
                yield from self._intend(event, seq)
            case events.AttemptEvent():
                yield from self._attempt(event)
            case events.RetryScheduled():
                yield from self._pass(event.step, "waiting", {"tried"})
            case events.Exhausted():
                yield from self._pass(event.step, "failed", {"tried", "waiting"})
            case events.Skipped():
                yield from self._pass(event.step, "skipped", {"idle"})
            case _:
                pass

    def _intend(self, event: events.Intended, seq: int) -> Iterator[str]:
        name = event.attempt.step
        yield from self._pass(name, "intended", {"idle", "waiting"})
        facts = self.steps[name]
        facts.number += 1
        facts.spent += 1
        self.intents[event.attempt] = Intent(seq, event.digest)
        if event.attempt != AttemptId(self.run, name, facts.number):
            yield f"{event.attempt} was intended as attempt {facts.number} of {name}"
        if facts.spent > (most := self.step(name).retry.attempts):
            yield f"{name} has {facts.spent} attempts of {most}"
        if waits := ", ".join(self.needs(name)):
            yield f"{event.attempt} was intended before {waits} had ended as it wants"
        if self.release is not None and event.digest != self.release.images[name].digest:
            yield f"{event.attempt} was intended from another image than the run's"

    def _attempt(self, event: events.AttemptEvent) -> Iterator[str]:
        name = event.attempt.step
        if event.attempt.number != self.steps[name].number:
            yield f"{event.kind} is about {event.attempt}, and attempt {self.steps[name].number} is the last"
        match event:
            case events.Withdrawn():
                yield from self._pass(name, "idle", {"intended"})
                self.steps[name].spent -= 1
            case events.Started():
                yield from self._pass(name, "started", {"intended"})
            case events.Succeeded():
                yield from self._pass(name, "succeeded", {"started"})
            case events.Failed() | events.Lost():
                yield from self._pass(name, "tried", LIVE)
            case _:
                yield from self._pass(name, "started", {"started"})

    def _pass(self, name: str, state: str, expected: frozenset[str] | set[str]) -> Iterator[str]:
        facts = self.steps[name]
        if facts.state not in expected:
            yield f"{name} became {state} while it was {facts.state}"
        facts.state = state
