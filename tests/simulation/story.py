"""A case as a person reads it: what came from outside, who did what when, and what must not have happened."""

from __future__ import annotations

import dataclasses
from collections.abc import Iterator

from orchestrator.core import events
from orchestrator.core.events import Event, Recorded
from orchestrator.testing.fakes import BEGIN
from tests.simulation.cases import Act, Case, Stimulus
from tests.simulation.checker import Entry
from tests.simulation.faults import Fault
from tests.simulation.simulation import Result

_TOLD = {"failure", "release", "at", "run", "log"}
"""Fields of events that a story goes without, or tells in its own way."""


def tell(result: Result) -> str:
    """The whole story of a result."""
    return "\n".join([*_premises(result.case), "", *map(_line, result.checker.story)])


def _premises(case: Case) -> Iterator[str]:
    yield f"{case.scenario}, seed {case.seed}"
    for step in case.pipeline.steps.values():
        needs = f" needs {', '.join(step.needs)} ({step.when})" if step.needs else ""
        yield f"  step {step.name}:{needs} {step.tasks} tasks, {step.retry.attempts} attempts"
    yield from (f"  {_premise(act)}" for act in case.acts)
    yield from (f"  {_premise(stimulus)}" for stimulus in case.stimuli)
    yield from (f"  fault: {fault}" for fault in case.faults)


def _premise(thing: Act | Stimulus) -> str:
    fields = {field.name: getattr(thing, field.name) for field in dataclasses.fields(thing) if field.repr}
    told = {
        field.name: fields[field.name] for field in dataclasses.fields(thing) if fields[field.name] != field.default
    }
    return f"{type(thing).__name__.lower()}: {', '.join(f'{name} {value}' for name, value in told.items())}"


def _line(entry: Entry) -> str:
    seconds = (entry.at - BEGIN).total_seconds()
    return f"{seconds:9.3f}  {entry.who:9} {_what(entry.what)}"


def _what(what: object) -> str:
    match what:
        case Recorded():
            return f"{what.seq:>4} {_event(what.event)}"
        case Fault():
            return f"FAULT: {what.call} {what.nth}: {what.kind}" + (f", {what.seconds:g} s" if what.seconds else "")
        case _:
            return str(what)


def _event(event: Event) -> str:
    fields = {field.name: getattr(event, field.name) for field in dataclasses.fields(event)}
    told = {name: value for name, value in fields.items() if name not in _TOLD and value not in ("", (), None)}
    if isinstance(event, events.Failed):
        told["failure"] = event.failure.kind
    told |= {name: value[-2:] for name, value in told.items() if name == "digest"}
    return " ".join([event.kind, *(f"{name}={value}" for name, value in told.items())])
