from __future__ import annotations

import pytest

from orchestrator.core.events import FailureKind
from orchestrator.runners.verdict import TaskExit, verdict


def check(
    *exits: int | None,
    cancelled: bool = False,
    timed_out: frozenset[int] = frozenset(),
    expected: tuple[FailureKind, int | None, int, str] | None,
) -> None:
    """Tasks that ended so make this failure."""
    tasks = [TaskExit(index=n, exit=code, timed_out=n in timed_out) for n, code in enumerate(exits)]
    failure = verdict(tasks, cancelled=cancelled)
    if expected is None or failure is None:
        assert failure is None is expected
        return
    kind, code, task, words = expected
    assert (kind, code, task) == (failure.kind, failure.code, failure.task)
    assert words in failure.message


def test_zeros_are_success() -> None:
    """Also when a cancel came too late."""
    check(0, 0, expected=None)
    check(0, cancelled=True, expected=None)


@pytest.mark.parametrize(
    ("code", "expected"),
    [
        (65, (FailureKind.EXIT_CODE, 65, 0, "exited with 65 (bad data)")),
        (-9, (FailureKind.SIGNAL, 9, 0, "killed by SIGKILL")),
    ],
)
def test_one_task_speaks_for_itself(code: int, expected: tuple[FailureKind, int, int, str]) -> None:
    """A code and a signal are told apart, without a word of tasks."""
    check(code, expected=expected)


def test_timeout_is_no_signal() -> None:
    """However the task ended after its time was up."""
    for code in (-15, -9, 3):
        check(code, timed_out=frozenset({0}), expected=(FailureKind.TIMEOUT, None, 0, "passed its timeout"))


def test_failed_shard_is_named() -> None:
    """By its index, with how many others failed."""
    check(0, 1, 0, expected=(FailureKind.EXIT_CODE, 1, 1, "task 1 of 3 exited with 1"))
    check(1, 0, 2, expected=(FailureKind.EXIT_CODE, 1, 0, "2 of 3 tasks failed"))


def test_hopeless_shard_speaks_first() -> None:
    """A code that rules out another attempt decides about the retry."""
    check(1, 65, 75, expected=(FailureKind.EXIT_CODE, 65, 1, "task 1 of 3 exited with 65"))


def test_cancelled_says_so() -> None:
    """Whatever the tasks' codes."""
    check(-15, None, cancelled=True, expected=(FailureKind.CANCELLED, None, 0, "it was cancelled"))


def test_tasks_that_never_began_were_stopped_by_others() -> None:
    """A machine that shuts down is no cancel, so another attempt is worth it."""
    check(None, expected=(FailureKind.SIGNAL, 15, 0, "never began"))
    check(None, -15, expected=(FailureKind.SIGNAL, 15, 1, "SIGTERM"))
