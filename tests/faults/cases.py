"""Every call of the Cloud Run runner, every way in which it can fail, before its effect and after: the cases."""

from __future__ import annotations

import enum
import itertools
from dataclasses import dataclass
from typing import Any, Final


@dataclass(frozen=True, slots=True)
class Call:
    """A call that the runner makes in a run: a method of Cloud Run, and which time."""

    method: str
    nth: int = 1

    def __str__(self) -> str:
        return self.method if self.nth == 1 else f"{self.method} (again)"


CALLS: Final = (
    Call("Jobs.GetJob"),
    Call("Jobs.TestIamPermissions"),
    Call("Jobs.RunJob"),
    Call("Executions.GetExecution"),
    Call("Executions.GetExecution", 2),
    Call("Executions.ListExecutions"),
    Call("Tasks.ListTasks"),
    Call("Executions.CancelExecution"),
)
"""What the runner calls, in the order of a run. An execution that was seen before is another matter than a new one."""
METHODS: Final = tuple(dict.fromkeys(call.method for call in CALLS))
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
    call: Call
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
        which = {"method": self.call.method, "nth": self.call.nth, "job": f"{self.pipeline}-work"}
        return {**kind, **which, "when": self.side.value}

    def __str__(self) -> str:
        return f"{self.call} {self.failure} {self.side}"


CASES: Final = tuple(
    Case(number=number, call=call, failure=failure, side=side)
    for number, (call, failure, side) in enumerate(itertools.product(CALLS, FAILURES, Side))
)
