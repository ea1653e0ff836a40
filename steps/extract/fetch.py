"""All events of a window, whatever number of queries it takes.

FDSN's endtime is inclusive and services disagree about fractions of milliseconds, so a query asks for both edges and
this side keeps what lies in the half-open window: each event is got exactly once. Where an answer reaches the service's
limit it may be incomplete; then the window is halved until the answers are whole.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Final

from steps.extract.features import milliseconds
from steps.extract.window import Window, cut, since_epoch
from steps.kit.errors import BadData

SHORTEST: Final = dt.timedelta(seconds=1)
"""A window that is not halved any more; no network locates 20,000 events within it."""


class TooManyError(Exception):
    """The service refuses to answer because the answer would pass its limit."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Found:
    """Features of a window; `outside` counts those that the service gave although they were not asked for."""

    features: tuple[Any, ...]
    outside: int
    queries: int

    def __add__(self, other: Found) -> Found:
        return Found(
            features=self.features + other.features,
            outside=self.outside + other.outside,
            queries=self.queries + other.queries,
        )


def fetch(
    query: Callable[[Window, Callable[[bytes], list[Any]]], list[Any]],
    read: Callable[[bytes], list[Any]],
    window: Window,
    *,
    limit: int,
) -> Found:
    """Ask for the window, or for its halves. Raises BadData when even the shortest window has too many events."""
    if not window.duration:
        return Found(features=(), outside=0, queries=0)
    try:
        features = query(window, read)
    except TooManyError:
        features = None
    if features is not None and len(features) < limit:
        return _keep(features, window)
    if window.duration < 2 * SHORTEST:
        raise BadData(f"the service has {limit} events or more within {window}: it cannot be asked for fewer")
    first, second = cut(window, 2)
    asked = Found(features=(), outside=0, queries=1)
    return asked + fetch(query, read, first, limit=limit) + fetch(query, read, second, limit=limit)


def _keep(features: list[Any], window: Window) -> Found:
    times = [milliseconds(feature) for feature in features]
    kept = tuple(feature for feature, time in zip(features, times, strict=True) if time is None or time in window)
    edge = times.count(since_epoch(window.end))
    return Found(features=kept, outside=len(features) - len(kept) - edge, queries=1)
