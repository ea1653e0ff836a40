"""What the exits of an attempt's tasks mean for the attempt: one task speaks for all. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from orchestrator.core import explain
from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.plan import HOPELESS

_SIGTERM = 15


@dataclass(frozen=True, slots=True, kw_only=True)
class TaskExit:
    """How a task ended: `exit` is negative for a signal and None for a task that never began."""

    index: int
    exit: int | None
    timed_out: bool


def verdict(exits: Sequence[TaskExit], *, cancelled: bool) -> Failure | None:
    """The attempt's failure, without the task's words; None if every task exited with 0."""
    failed = [task for task in exits if task.exit != 0]
    if not failed:
        return None
    if cancelled:
        return Failure(kind=FailureKind.CANCELLED, message="it was cancelled", task=failed[0].index)
    speaker = min(failed, key=_rank)
    kind, code, words = _what(speaker)
    if len(exits) > 1:
        words = f"task {speaker.index} of {len(exits)} {words}"
        words += f"; {len(failed)} of {len(exits)} tasks failed" if len(failed) > 1 else ""
    return Failure(kind=kind, message=words, code=code, task=speaker.index)


def _rank(task: TaskExit) -> tuple[bool, bool, int]:
    """A task whose exit code rules out another attempt speaks first, one that never began last."""
    return (task.exit not in HOPELESS, task.exit is None, task.index)


def _what(task: TaskExit) -> tuple[FailureKind, int | None, str]:
    if task.timed_out:
        return FailureKind.TIMEOUT, None, "passed its timeout and was killed"
    if task.exit is None:
        return FailureKind.SIGNAL, _SIGTERM, "never began, because something else than nightjar stopped the attempt"
    if task.exit < 0:
        return FailureKind.SIGNAL, -task.exit, f"was killed by {explain.signal_name(-task.exit)}"
    return FailureKind.EXIT_CODE, task.exit, f"exited with {task.exit} ({explain.exit_code(task.exit)})"
