"""What can go wrong between an actor and the world, as values: a shorter list of them is a simpler case.

A fault names the call that it meets, so that it stays where it is when others are taken away.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Call(enum.StrEnum):
    """Everything that an actor can do to the world. `start` of a runner is two: it looks, then it creates."""

    APPEND = "append"
    READ = "read"
    RUNS = "runs"
    CLAIM = "claim"
    RELEASE = "release"
    HOLDER = "holder"
    CHECK = "check"
    LOOK = "look"
    CREATE = "create"
    OBSERVE = "observe"
    CANCEL = "cancel"


class Kind(enum.StrEnum):
    """What happens to a call."""

    CRASH_BEFORE = "the process dies before it"
    CRASH_AFTER = "the process dies after it"
    REFUSED = "it fails and nothing happened"
    LOST = "it happens and its answer is lost"
    LATE = "it happens and the process is frozen before the answer"
    FROZEN = "the process is frozen before it"
    TWICE = "it happens twice"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """The `nth` call of this kind by this process goes wrong; `seconds` is how long a frozen one stands still."""

    who: str
    call: Call
    nth: int
    kind: Kind
    seconds: float = 0.0

    def __str__(self) -> str:
        for_ = f" for {self.seconds:g} s" if self.seconds else ""
        return f"{self.who}, {self.call} {self.nth}: {self.kind}{for_}"
