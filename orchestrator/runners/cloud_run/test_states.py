from __future__ import annotations

import dataclasses
import datetime as dt
from datetime import datetime

import pytest

from orchestrator.core.events import Failure, FailureKind
from orchestrator.runners.cloud_run.states import FAILED, SUCCEEDED, Phase, Seen, Task, outcome
from orchestrator.runners.verdict import TaskExit

BEGIN = datetime(2018, 2, 2, 5, 1, tzinfo=dt.UTC)
END = datetime(2018, 2, 2, 5, 2, tzinfo=dt.UTC)
TIMEOUT = "The configured timeout was reached."
RUNNING = Seen(name="toy-good-abcde", attempt="", log="", created=BEGIN)
GOOD = dataclasses.replace(RUNNING, completed=SUCCEEDED, ended=END, succeeded=1)
BAD = dataclasses.replace(
    RUNNING, completed=FAILED, ended=END, failed=1, reason="NON_ZERO_EXIT_CODE", message="Task x failed."
)
CANCELLED = dataclasses.replace(RUNNING, completed=FAILED, ended=END, cancelled=1, reason="CANCELLED")


def task(code: int | None, index: int = 0, *, said: str = "", timed_out: bool = False) -> Task:
    return Task(exit=TaskExit(index=index, exit=code, timed_out=timed_out), message=said)


def check(seen: Seen, *tasks: Task, expected: tuple[FailureKind, int | None, str] | None) -> None:
    """An execution and its tasks make this failure, at the time that Cloud Run says."""
    found = outcome(seen, tasks, step="good", now=BEGIN)
    assert found.at == END
    if expected is None:
        assert found.failure is None
        return
    assert isinstance(found.failure, Failure)
    kind, code, words = expected
    assert (kind, code) == (found.failure.kind, found.failure.code)
    assert words in found.failure.message


@pytest.mark.parametrize(
    ("change", "expected"),
    [
        ({}, Phase.RUNNING),
        ({"completed": "CONDITION_PENDING"}, Phase.RUNNING),
        ({"completed": "CONDITION_RECONCILING", "reason": "CANCELLING"}, Phase.RUNNING),
        ({"completed": "17"}, Phase.RUNNING),
        ({"completed": SUCCEEDED}, Phase.SUCCEEDED),
        ({"completed": FAILED}, Phase.FAILED),
        ({"completed": FAILED, "reason": "CANCELLED"}, Phase.CANCELLED),
        ({"completed": FAILED, "cancelled": 1}, Phase.CANCELLED),
        ({"deleted": True}, Phase.DELETED),
        ({"completed": FAILED, "reason": "DELETED"}, Phase.DELETED),
    ],
)
def test_phase_is_told_by_the_condition_completed(change: dict[str, object], expected: Phase) -> None:
    """And by nothing else, except that a deleted execution is nothing any more."""
    assert expected is dataclasses.replace(RUNNING, **change).phase  # type: ignore[arg-type]  # Each fits its field.


def test_success_is_plain_when_the_counts_agree() -> None:
    """Then no task needs to be asked."""
    assert GOOD.plain
    check(GOOD, expected=None)


def test_success_with_other_counts_is_decided_by_the_tasks() -> None:
    """Counts come late; an exit code is final."""
    late = dataclasses.replace(GOOD, succeeded=0)
    assert not late.plain
    check(late, task(0), expected=None)
    check(late, task(3), expected=(FailureKind.EXIT_CODE, 3, "exited with 3"))
    check(late, expected=(FailureKind.SIGNAL, None, "Cloud Run does not say why"))


def test_exit_code_comes_from_the_task_that_speaks() -> None:
    """The shard is named, and a code that rules out another attempt speaks first."""
    check(BAD, task(65), expected=(FailureKind.EXIT_CODE, 65, "exited with 65 (bad data)"))
    three = dataclasses.replace(BAD, task_count=3, failed=2)
    expected = (FailureKind.EXIT_CODE, 65, "task 2 of 3 exited with 65 (bad data); 2 of 3 tasks failed")
    check(three, task(1), task(0, 1), task(65, 2), expected=expected)


@pytest.mark.parametrize("code", [None, 137, -9, -15])
def test_timeout_is_told_from_exit_codes_and_signals(code: int | None) -> None:
    """However the task ended after its time was up."""
    timed_out = task(code, said=TIMEOUT, timed_out=True)
    check(dataclasses.replace(BAD, message=TIMEOUT), timed_out, expected=(FailureKind.TIMEOUT, None, "its timeout"))


def test_timeout_is_known_without_tasks() -> None:
    """By the words of the execution alone."""
    check(
        dataclasses.replace(BAD, message=f"Task x-task0 failed with message: {TIMEOUT}"),
        expected=(
            FailureKind.TIMEOUT,
            None,
            "passed its timeout",
        ),
    )


@pytest.mark.parametrize(("code", "kind"), [(-9, FailureKind.SIGNAL), (137, FailureKind.EXIT_CODE)])
def test_want_of_memory_is_named_with_its_remedy(code: int, kind: FailureKind) -> None:
    """Whichever way Cloud Run tells SIGKILL."""
    seen = dataclasses.replace(BAD, memory="512Mi")
    words = "most likely out of memory of 512Mi: raise `memory` of the step good in pipeline.yaml"
    check(seen, task(code), expected=(kind, abs(code), words))


def test_cancelled_is_no_success() -> None:
    """Whether its tasks ended, never began, or are not listed."""
    for tasks in ([], [task(None)], [task(-15)], [task(0)]):
        check(CANCELLED, *tasks, expected=(FailureKind.CANCELLED, None, "it was cancelled"))


@pytest.mark.parametrize(
    ("reason", "remedy"),
    [("CONTAINER_MISSING", "//deploy:push"), ("SECRETS_ACCESS_CHECK_FAILED", "//deploy:secret"), ("INTERNAL", "gone")],
)
def test_what_never_began_says_why(reason: str, remedy: str) -> None:
    """With a remedy where there is one; another attempt may help."""
    seen = dataclasses.replace(BAD, reason=reason, message="It is gone.", began=False, failed=0)
    check(seen, expected=(FailureKind.NOT_STARTED, None, remedy))
    check(seen, task(None, said="It is gone."), expected=(FailureKind.NOT_STARTED, None, "It is gone"))


def test_what_the_platform_lost_is_no_exit_code() -> None:
    """A machine that broke is worth another attempt."""
    seen = dataclasses.replace(BAD, reason="INTERNAL", message="The machine broke.")
    check(seen, task(None, said="The machine broke."), expected=(FailureKind.SIGNAL, None, "The machine broke"))


def test_end_without_a_time_is_now() -> None:
    """Cloud Run may tell the time later than the end."""
    assert outcome(dataclasses.replace(GOOD, ended=None), (), step="good", now=END).at == END
