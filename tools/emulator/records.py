"""What is known of jobs, executions, tasks and operations, as values. What clients see of them is in `messages`.

Times are aware and UTC. `template` is always the serialized message that the API knows it by.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from datetime import datetime


class TaskState(enum.StrEnum):
    """Where a task is."""

    PENDING = "pending"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    CANCELLED = "cancelled"


class Ending(enum.StrEnum):
    """How a task's attempt ended, in the words that the platform has for it."""

    SUCCESS = "success"
    EXIT = "exit"
    SIGNAL = "signal"
    TIMEOUT = "timeout"
    MEMORY = "memory"
    CANCELLED = "cancelled"
    LOST = "lost"
    IMAGE = "image"
    """It did not start: its image could not be had."""
    SECRET = "secret"  # noqa: S105 - no password.
    """It did not start: a secret could not be had."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The end of one attempt. `code` is the exit code, negative for a signal."""

    ending: Ending
    code: int = 0
    detail: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """A job as it was written last; `body` is a google.cloud.run.v2.Job with what its owner set."""

    name: str
    uid: str
    body: bytes
    generation: int
    created: datetime
    updated: datetime


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """One execution and the counts of its tasks. `seen_from` is when clients may see it."""

    name: str
    job: str
    uid: str
    template: bytes
    tasks: int
    parallelism: int
    created: datetime
    seen_from: datetime
    started: datetime | None = None
    completed: datetime | None = None
    cancelling: bool = False
    deleting: bool = False
    running: int = 0
    succeeded: int = 0
    failed: int = 0
    cancelled: int = 0
    retried: int = 0
    ending: Ending | None = None
    """Of the first task that failed for good, or CANCELLED."""
    message: str = ""
    deleted: datetime | None = None
    """Since when only lists that ask for deleted ones tell of it."""

    @property
    def ended(self) -> bool:
        """Whether nothing will happen to it any more."""
        return self.completed is not None


@dataclass(frozen=True, slots=True, kw_only=True)
class Task:
    """One shard of an execution; `attempt` counts from 0."""

    execution: str
    index: int
    state: TaskState = TaskState.PENDING
    attempt: int = 0
    started: datetime | None = None
    completed: datetime | None = None
    result: Result | None = None


class Kind(enum.StrEnum):
    """What an operation is about: when it is done follows from this."""

    JOB = "job"
    RUN = "run"
    CANCEL = "cancel"
    DELETE = "delete"


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """A long-running operation. `body` is the serialized Any of what it is about, as it was when the call was made."""

    name: str
    kind: Kind
    execution: str
    body: bytes
    created: datetime
