"""How calls of Cloud Run fail and what is done about it: pure values, and the retry of one idempotent call.

The client has no retry and no timeout of its own, so each call gets both here. RunJob is not idempotent and must never
go through `persist`: `start.py` looks first. The retry of a step belongs to the plan.
"""

from __future__ import annotations

import enum
from collections.abc import Callable
from typing import Final

import tenacity

READ_SECONDS: Final = 10.0
"""Timeout of a call that changes nothing, or may be made again."""
RUN_SECONDS: Final = 30.0
"""Timeout of RunJob; it answers as soon as the execution exists."""
_PERSIST_SECONDS = 20.0
_FIRST_WAIT = 0.2
_LONGEST_WAIT = 4.0


class Kind(enum.Enum):
    """What is known after a call failed."""

    AMBIGUOUS = "ambiguous"
    """The platform may have done it: look before it is asked again."""
    BUSY = "busy"
    """The platform did nothing, because too much is asked of it."""
    REFUSED = "refused"
    """The platform did nothing and never will, before a person changes something."""
    ABSENT = "absent"
    """What was asked for does not exist."""


class CallFailed(Exception):  # noqa: N818  (the names say what happened, as events do)
    """A call of Cloud Run failed. `code` is the status as gRPC names it, `text` what the platform said."""

    def __init__(self, kind: Kind, code: str, text: str) -> None:
        super().__init__(f"{code}: {text}" if text else code)
        self.kind = kind
        self.code = code
        self.text = text


_KINDS: Final = {
    "RESOURCE_EXHAUSTED": Kind.BUSY,
    "NOT_FOUND": Kind.ABSENT,
    "INVALID_ARGUMENT": Kind.REFUSED,
    "FAILED_PRECONDITION": Kind.REFUSED,
    "OUT_OF_RANGE": Kind.REFUSED,
    "ALREADY_EXISTS": Kind.REFUSED,
    "PERMISSION_DENIED": Kind.REFUSED,
    "UNAUTHENTICATED": Kind.REFUSED,
    "UNIMPLEMENTED": Kind.REFUSED,
}


def kind_of(code: str) -> Kind:
    """What a status says; a status that is not known says nothing."""
    return _KINDS.get(code, Kind.AMBIGUOUS)


def persist[T](call: Callable[[], T], *, seconds: float = _PERSIST_SECONDS) -> T:
    """The answer to an idempotent call, asked again for seconds. Raises CallFailed. Blocks its thread."""
    retrying = tenacity.Retrying(
        retry=tenacity.retry_if_exception(_is_passing),
        wait=tenacity.wait_random_exponential(multiplier=_FIRST_WAIT, max=_LONGEST_WAIT),
        stop=tenacity.stop_after_delay(seconds),
        reraise=True,
    )
    return retrying(call)


def _is_passing(error: BaseException) -> bool:
    return isinstance(error, CallFailed) and error.kind in (Kind.AMBIGUOUS, Kind.BUSY)
