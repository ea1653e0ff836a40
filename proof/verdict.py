"""What must hold of a run however often it was killed. Pure: the log and the claims in, sentences out.

A claim is what a step leaves in the storage before it works, so claims are a second witness beside the log.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from orchestrator.core import events
from orchestrator.core.events import Event, Outcome
from steps.kit.contract import AttemptId


def violations(log: Sequence[Event], claims: Sequence[str]) -> list[str]:
    """Everything that is wrong; nothing if every step was done and no finished one was begun again."""
    intended = {event.attempt for event in log if isinstance(event, events.Intended)}
    done = {event.attempt.step: event.attempt for event in log if isinstance(event, events.Succeeded)}
    return [
        *_ends(log, done),
        *_again(log),
        *_twice(log),
        *_idle(done, claims),
        *(problem for claim in sorted(set(claims)) for problem in _claim(AttemptId.parse(claim), intended, done)),
    ]


def _ends(log: Sequence[Event], done: dict[str, AttemptId]) -> list[str]:
    """Did every step and the run succeed?"""
    opened = next((event for event in log if isinstance(event, events.Opened)), None)
    if opened is None:
        return ["the log has no beginning"]
    found = [f"{step} did not succeed" for step in opened.release.pipeline.steps if step not in done]
    outcomes = [event.outcome for event in log if isinstance(event, events.Finished)]
    if outcomes != [Outcome.SUCCEEDED]:
        found.append(f"the run finished as {outcomes}")
    return found


def _again(log: Sequence[Event]) -> list[str]:
    """Was a step begun after it had succeeded?"""
    done: set[str] = set()
    found = []
    for event in log:
        match event:
            case events.Intended() if event.attempt.step in done:
                found.append(f"{event.attempt} was begun after its step had succeeded")
            case events.Succeeded():
                done.add(event.attempt.step)
            case _:
                pass
    return found


def _twice(log: Sequence[Event]) -> list[str]:
    """Was an attempt intended, started or ended more than once?"""
    kinds = (events.Intended, events.Started, events.Succeeded, events.Failed, events.Lost)
    counted = Counter((event.kind, event.attempt) for event in log if isinstance(event, kinds))
    return [f"{attempt} has {count} events {kind}" for (kind, attempt), count in counted.items() if count > 1]


def _idle(done: dict[str, AttemptId], claims: Sequence[str]) -> list[str]:
    """Did somebody work for each step? It may be an earlier attempt than the last, which found its result."""
    worked = {AttemptId.parse(claim).step for claim in claims}
    return [f"{last} succeeded and nobody worked for it" for step, last in done.items() if step not in worked]


def _claim(claim: AttemptId, intended: set[AttemptId], done: dict[str, AttemptId]) -> list[str]:
    """Does the log know who worked, and did nobody work for a step that was done?"""
    found = [] if claim in intended else [f"{claim} worked and the log never meant it to"]
    last = done.get(claim.step)
    if last is not None and claim.number > last.number:
        found.append(f"{claim} worked although {last} had succeeded")
    return found
