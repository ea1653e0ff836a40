"""What can be made to go wrong, as values. How a list of them is read is in `faults_file`, which one hits in `script`.

Faults of calls hit what clients ask; faults of attempts hit what tasks do. Pure.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass
from fnmatch import fnmatchcase

from tools.emulator.errors import Code


class Kind(enum.StrEnum):
    """What goes wrong."""

    ERROR = "error"
    """The call ends with `code`, before its effect or after."""
    CUT = "cut"
    """The call's connection is reset, before its effect or after."""
    LATENCY = "latency"
    """The answer takes `seconds` longer."""
    QUOTA = "quota"
    """Calls beyond `per_minute` end with RESOURCE_EXHAUSTED."""
    LATE = "late"
    """An execution that the call starts is seen by nobody for `seconds`."""
    DUPLICATE = "duplicate"
    """The call starts its execution twice and names the first."""
    MAINTENANCE = "maintenance"
    """An attempt gets SIGTSTP when it starts and SIGCONT after `seconds`."""
    MEMORY = "out_of_memory"
    """An attempt is killed for its memory `seconds` after its start."""
    IMAGE = "image_pull"
    """An attempt does not start, because its image cannot be had."""
    SECRET = "secret_access"  # noqa: S105 - no password.
    """An attempt does not start, because its secrets cannot be had."""


OF_ATTEMPTS = frozenset({Kind.MAINTENANCE, Kind.MEMORY, Kind.IMAGE, Kind.SECRET})


class When(enum.StrEnum):
    """On which side of a call's effect it is hit."""

    BEFORE = "before"
    AFTER = "after"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that goes wrong.

    It hits `times` of the calls or attempts that it is about, from the `nth` on (for ever, if `times` is None), or, if
    `share` is set, each with this probability. `method` is a pattern of `Jobs.RunJob` and the like, `job` one of names
    of jobs.
    """

    kind: Kind
    method: str = "*"
    job: str = "*"
    nth: int = 1
    times: int | None = 1
    share: float | None = None
    when: When = When.BEFORE
    code: Code = Code.UNAVAILABLE
    message: str = "A fault on demand."
    seconds: float = 0.0
    per_minute: int = 10

    def is_about_call(self, method: str, job: str) -> bool:
        """Whether a call is one of those that it may hit."""
        return self.kind not in OF_ATTEMPTS and fnmatchcase(method, self.method) and fnmatchcase(job, self.job)

    def is_about_attempt(self, job: str) -> bool:
        """Whether an attempt is one of those that it may hit."""
        return self.kind in OF_ATTEMPTS and fnmatchcase(job, self.job)
