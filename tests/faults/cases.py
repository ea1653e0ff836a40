"""Every call of the Cloud Run runner, every way in which it can fail, before its effect and after: the cases."""

from __future__ import annotations

import enum
from dataclasses import dataclass
from typing import Any, Final

METHODS: Final = (
    "Jobs.GetJob",
    "Jobs.TestIamPermissions",
    "Jobs.RunJob",
    "Executions.GetExecution",
    "Executions.ListExecutions",
    "Tasks.ListTasks",
    "Executions.CancelExecution",
)
"""What the runner calls, in the order of a run."""
CUT: Final = "connection cut"
FAILURES: Final = (
    "ABORTED",
    "ALREADY_EXISTS",
    "CANCELLED",
    "DATA_LOSS",
    "DEADLINE_EXCEEDED",
    "FAILED_PRECONDITION",
    "INTERNAL",
    "INVALID_ARGUMENT",
    "NOT_FOUND",
    "OUT_OF_RANGE",
    "PERMISSION_DENIED",
    "RESOURCE_EXHAUSTED",
    "UNAUTHENTICATED",
    "UNAVAILABLE",
    "UNIMPLEMENTED",
    "UNKNOWN",
    CUT,
)


class Side(enum.StrEnum):
    """When a call fails: before it has done anything, or when it has done all."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """One call of one method that fails once, in a run of its own."""

    number: int
    method: str
    failure: str
    side: Side

    @property
    def pipeline(self) -> str:
        """The name of the case's pipeline; its one step has a job of its own."""
        return f"case-{self.number}"

    @property
    def fault(self) -> dict[str, Any]:
        """The case as the emulator is told of it."""
        kind = {"kind": "cut"} if self.failure == CUT else {"kind": "error", "code": self.failure}
        return {**kind, "method": self.method, "job": f"{self.pipeline}-work", "when": self.side.value}

    def __str__(self) -> str:
        return f"{self.method} {self.failure} {self.side}"


CASES: Final = tuple(
    Case(number=number, method=method, failure=failure, side=side)
    for number, (method, failure, side) in enumerate(
        (method, failure, side) for method in METHODS for failure in FAILURES for side in Side
    )
)
