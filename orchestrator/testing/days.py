"""Whole days as events, gone well or ill, for tests of whoever reads logs."""

from __future__ import annotations

from datetime import timedelta

from orchestrator.core import events
from orchestrator.core.events import Event, Failure, FailureKind, Outcome
from orchestrator.testing import build
from orchestrator.testing.build import attempt
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(build.step("a"), build.step("b", ["a"]), build.step("c"))
SAID = ("INFO started", "ERROR no such table: <events> & more")
BROKE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 1", code=1, task=0, last_lines=SAID)


def tries(step: str, number: int = 1, *, failure: Failure | None = None, seconds: float = 2) -> tuple[Event, ...]:
    """An attempt from its intent to its end."""
    which, ended = attempt(step, number), BEGIN + timedelta(seconds=seconds)
    begun = (
        events.Intended(at=BEGIN, attempt=which, digest="sha256:1"),
        events.Started(at=BEGIN, attempt=which, execution="process 7", log=f"logs/{which}"),
    )
    if failure is None:
        return (*begun, events.Succeeded(at=ended, attempt=which, ended=ended))
    return (*begun, events.Failed(at=ended, attempt=which, ended=ended, failure=failure))


def finished(outcome: Outcome, *, seconds: float = 65) -> Event:
    """The end of the run."""
    return events.Finished(at=BEGIN + timedelta(seconds=seconds), outcome=outcome)


FAILS: tuple[Event, ...] = (
    *tries("a", failure=BROKE),
    events.Exhausted(at=BEGIN, step="a", reason="no attempt is left of 1"),
    events.Skipped(at=BEGIN, step="b", because=("a",)),
    *tries("c"),
    finished(Outcome.FAILED),
)
"""After run.opened and run.claimed; so is the next one."""
SUCCEEDS: tuple[Event, ...] = (*tries("a"), *tries("b"), *tries("c"), finished(Outcome.SUCCEEDED))
