"""How long to wait before the next attempt: exponential, capped, with jitter that follows from the attempt's id.

Jitter keeps steps that failed together from coming back together. It is derived by hashing, never drawn, so that a
restarted orchestrator and a simulation compute the same delay.
"""

from __future__ import annotations

from datetime import timedelta

from orchestrator.core.model import Backoff
from steps.kit.contract import AttemptId

_SPREAD = 0.5
"""The jittered delay lies between this share of the full one and the full one."""


def delay(backoff: Backoff, attempt: AttemptId, *, tries: int) -> timedelta:
    """Time between the end of the failed `attempt`, the `tries`-th that counts, and the next one."""
    return _full(backoff, tries) * (1 - _SPREAD * _fraction(attempt))


def _full(backoff: Backoff, tries: int) -> timedelta:
    try:
        grown = backoff.initial * float(backoff.factor ** (tries - 1))
    except OverflowError:
        return backoff.maximum
    return min(grown, backoff.maximum)


def _fraction(attempt: AttemptId) -> float:
    import hashlib  # noqa: PLC0415  (it loads OpenSSL, for which a command that only looks should not wait)

    digest = hashlib.sha256(str(attempt).encode()).digest()
    return int.from_bytes(digest[:8]) / 2**64
