"""What Cloud Run tells of an execution and its tasks, and what that means for the attempt. Pure.

An execution has no one field for its state: the condition `Completed` tells it, and it lies in small ways. A cancelled
execution is no success, a timeout is told by words alone, an exit code stands on the task and not on the execution, and
counts come late. Each of these has its line here, and nothing else may read conditions.
"""

from __future__ import annotations

import dataclasses
import enum
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

from orchestrator.core.events import Failure, FailureKind
from orchestrator.ports import Ended
from orchestrator.runners.verdict import TaskExit, verdict

SUCCEEDED: Final = "CONDITION_SUCCEEDED"
FAILED: Final = "CONDITION_FAILED"
TIMED_OUT: Final = "timeout was reached"
"""What stands in the message of a task that passed its timeout; there is no enum for it."""
_SIGKILL = 9
_EXIT_OF_SIGKILL = 137

_REMEDIES: Final = {
    "CONTAINER_MISSING": "push the release's images: ./bazelw run //deploy:push",
    "CONTAINER_PERMISSION_DENIED": "let Cloud Run's service agent read the image's repository: terraform apply",
    "CONTAINER_IMAGE_UNAUTHORIZED": "let Cloud Run's service agent read the image's repository: terraform apply",
    "CONTAINER_IMAGE_AUTHORIZATION_FAILED": "let Cloud Run's service agent read the image's repository: "
    "terraform apply",
    "SECRETS_ACCESS_CHECK_FAILED": "give each secret a value (./bazelw run //deploy:secret), and the step's service "
    "account the right to read it (terraform apply)",
}


class Phase(enum.Enum):
    """Where an execution stands."""

    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"
    DELETED = "deleted"


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """An execution as Cloud Run told it. `name` is its last part, `attempt` what its environment says."""

    name: str
    attempt: str
    log: str
    created: datetime
    completed: str = ""
    """State of the condition Completed."""
    reason: str = ""
    message: str = ""
    began: bool = True
    """Whether a task of it ever ran."""
    ended: datetime | None = None
    deleted: bool = False
    task_count: int = 1
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    memory: str = ""

    @property
    def phase(self) -> Phase:
        """Where it stands."""
        if self.deleted or self.reason == "DELETED":
            return Phase.DELETED
        if self.completed == SUCCEEDED:
            return Phase.SUCCEEDED
        if self.completed == FAILED:
            return Phase.CANCELLED if self.reason == "CANCELLED" or self.cancelled else Phase.FAILED
        return Phase.RUNNING

    @property
    def tasks_done(self) -> int:
        """How many tasks need no more waiting."""
        return self.succeeded + self.failed + self.cancelled

    @property
    def plain(self) -> bool:
        """Whether it succeeded beyond doubt, so that its tasks need not be asked."""
        return self.phase is Phase.SUCCEEDED and self.succeeded == self.task_count


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """How a task ended, and what Cloud Run said about it."""

    exit: TaskExit
    message: str = ""


def outcome(seen: Seen, tasks: Sequence[Task], *, step: str, now: datetime) -> Ended:
    """The end of an execution that runs no more; `tasks` are asked unless it is `plain`."""
    return Ended(at=seen.ended or now, failure=None if seen.plain else _failure(seen, tasks, step=step))


def _failure(seen: Seen, tasks: Sequence[Task], *, step: str) -> Failure | None:
    cancelled = seen.phase is Phase.CANCELLED
    failure = verdict([task.exit for task in tasks], cancelled=cancelled)
    if cancelled:
        return failure or Failure(kind=FailureKind.CANCELLED, message="it was cancelled")
    if failure is None:
        # Tasks know better than late counts, but they do not know of what kept them from starting.
        return None if seen.phase is Phase.SUCCEEDED and tasks else _of_condition(seen)
    speaker = next(task for task in tasks if task.exit.index == failure.task)
    if speaker.exit.exit is None and not speaker.exit.timed_out:
        return dataclasses.replace(_of_condition(seen, said=speaker.message), task=failure.task)
    return dataclasses.replace(failure, message=failure.message + _hint(failure, seen, step=step))


def _of_condition(seen: Seen, *, said: str = "") -> Failure:
    """What the execution as a whole says, where no task can."""
    words = (said or seen.message or "Cloud Run does not say why").rstrip(".")
    if TIMED_OUT in words:
        return Failure(kind=FailureKind.TIMEOUT, message="passed its timeout and was killed")
    if seen.reason == "NON_ZERO_EXIT_CODE" and not said:
        return Failure(kind=FailureKind.EXIT_CODE, message=words)
    if seen.reason in _REMEDIES:
        return Failure(kind=FailureKind.NOT_STARTED, message=f"{words}: {_REMEDIES[seen.reason]}")
    return Failure(kind=FailureKind.SIGNAL if seen.began else FailureKind.NOT_STARTED, message=words)


def _hint(failure: Failure, seen: Seen, *, step: str) -> str:
    killed = (failure.kind, failure.code) in (
        (FailureKind.SIGNAL, _SIGKILL),
        (FailureKind.EXIT_CODE, _EXIT_OF_SIGKILL),
    )
    if not killed:
        return ""
    had = f" of {seen.memory}" if seen.memory else ""
    return f", most likely out of memory{had}: raise `memory` of the step {step} in pipeline.yaml"
