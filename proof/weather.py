"""Whether what a storm left is as it was promised: from logs and ledger to violations, and to counts. Pure."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import Final

from orchestrator.core import events, states
from orchestrator.core.events import AttemptEvent, FailureKind, Outcome
from orchestrator.core.states import RunState, StepState, StepView
from proof.storm import BAD, ENDLESS, Day, Storm

_ENDS: Final = (events.Succeeded, events.Failed, events.Lost, events.Withdrawn)
_BAD_DATA: Final = 65


def violations(storm: Storm) -> Iterator[str]:
    """Every promise that was broken."""
    logged: set[str] = set()
    for day in storm.days:
        if not day.log:
            yield f"{day.run}: nobody could open it: {day.left[-1:]}"
            continue
        ends = _ends(day)
        logged |= set(ends)
        yield from _of_end(day)
        yield from _of_attempts(ends, storm)
    yield from (f"{attempt}: it was claimed {times} times" for attempt, times in storm.claimed.items() if times != 1)
    yield from (f"{attempt}: it ran and is not in the log" for attempt in sorted(set(storm.claimed) - logged))


def outcomes(storm: Storm) -> Counter[str]:
    """How the attempts of all logs ended."""
    ends = [end for day in storm.days for known in _ends(day).values() for end in known]
    return Counter(f"failed: {e.failure.kind}" if isinstance(e, events.Failed) else e.kind.split(".")[1] for e in ends)


def _ends(day: Day) -> dict[str, list[AttemptEvent]]:
    """How each attempt of a log ended, by its id; it should be once."""
    ends: dict[str, list[AttemptEvent]] = {}
    for each in day.log:
        if isinstance(each.event, AttemptEvent):
            known = ends.setdefault(str(each.event.attempt), [])
            known += [each.event] if isinstance(each.event, _ENDS) else []
    return ends


def _of_end(day: Day) -> Iterator[str]:
    """The run was cancelled when all else was done, and every step came to its right end."""
    view = states.fold(day.log)
    if (view.state, view.outcome) != (RunState.FINISHED, Outcome.CANCELLED):
        yield f"{day.run}: it is {view.state} with {view.outcome}; its last driver left with {day.left[-1:]}"
    for name, step in view.steps.items():
        if not _is_right(name, step):
            yield f"{day.run}/{name}: it is {step.state} with {step.failure}"


def _is_right(name: str, step: StepView) -> bool:
    failed = (step.state, step.failure and step.failure.kind, step.failure and step.failure.code)
    if name == BAD:
        return failed == (StepState.FAILED, FailureKind.EXIT_CODE, _BAD_DATA)
    if name == ENDLESS:
        return failed[:2] == (StepState.FAILED, FailureKind.CANCELLED)
    return step.state is StepState.SUCCEEDED


def _of_attempts(ends: dict[str, list[AttemptEvent]], storm: Storm) -> Iterator[str]:
    """Each attempt has one end, and it is the end of what the ledger knows of it."""
    for attempt, known in ends.items():
        if len(known) != 1:
            yield f"{attempt}: its log has {len(known)} ends"
        elif (ran := not _never_ran(known[0])) != (attempt in storm.claimed):
            yield f"{attempt}: the log says that it {'ran' if ran else 'never ran'}, the ledger does not"
        elif isinstance(known[0], events.Lost):
            yield f"{attempt}: nothing was lost, and the log says: {known[0].message}"


def _never_ran(end: AttemptEvent) -> bool:
    match end:
        case events.Withdrawn():
            return True
        case events.Failed():
            return end.failure.kind is FailureKind.NOT_STARTED
        case _:
            return False
