"""The time of a run on the columns of a terminal: long stretches in which nothing happened are cut out. Pure."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

CUT = "┊"
_LONG = 0.2
"""A pause is cut out if it is longer than this share of the time in which something happened …"""
_WORTH = timedelta(minutes=2)
"""… and than this."""
_DISTANCE = 12
"""Columns between two marks, at least."""
_STEPS = tuple(
    timedelta(seconds=each)
    for each in (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10800, 21600, 43200, 86400)
)
_MOMENT = timedelta(seconds=1)


@dataclass(frozen=True, slots=True, kw_only=True)
class Part:
    """A stretch of time without a cut, and the columns it has."""

    start: datetime
    end: datetime
    first: int
    columns: int

    def column(self, at: datetime) -> int:
        """The column in which a moment of this part lies."""
        share = (at - self.start) / (self.end - self.start)
        return self.first + min(max(int(share * self.columns), 0), self.columns - 1)


@dataclass(frozen=True, slots=True)
class Scale:
    """Parts from left to right, with a column for the cut between two."""

    parts: tuple[Part, ...]

    @property
    def width(self) -> int:
        """All columns."""
        return self.parts[-1].first + self.parts[-1].columns

    @property
    def cuts(self) -> tuple[int, ...]:
        """The columns where time is left out."""
        return tuple(part.first - 1 for part in self.parts[1:])

    def column(self, at: datetime) -> int:
        """Where a moment lies; one that was cut out lies where the next part begins."""
        part = next((part for part in self.parts if at <= part.end), self.parts[-1])
        return part.column(max(at, part.start))

    def axis(self) -> list[str]:
        """Two lines: marks at round times of this machine's zone, and below each mark its time."""
        rule, labels = ["─"] * self.width, [" "] * (self.width + _DISTANCE)
        free = 0
        for part in self.parts:
            step = _step(part)
            for at in _round_times(part, step):
                column, label = part.column(at), _label(at, step)
                if column >= free and column + len(label) <= self.width:
                    rule[column] = "┬"
                    labels[column : column + len(label)] = label
                    free = column + len(label) + 2
        for column in self.cuts:
            rule[column] = CUT
        return ["".join(rule), "".join(labels).rstrip()]


def scale(busy: Iterable[tuple[datetime, datetime]], *, width: int) -> Scale:
    """The scale for these spans of time, of which there is one at least, on about so many columns."""
    spans = _stretches(busy)
    columns = max(width - len(spans) + 1, len(spans))
    total = sum((end - start for start, end in spans), timedelta())
    parts = list[Part]()
    first = 0
    for start, end in spans:
        share = max(int((end - start) / total * columns), 1)
        parts.append(Part(start=start, end=end, first=first, columns=share))
        first += share + 1
    return Scale(tuple(parts))


def _stretches(busy: Iterable[tuple[datetime, datetime]]) -> Sequence[tuple[datetime, datetime]]:
    """The spans, joined where only a short pause lies between them."""
    ordered = sorted((start, max(end, start + _MOMENT)) for start, end in busy)
    joined = _joined(ordered, timedelta())
    total = sum((end - start for start, end in joined), timedelta())
    return _joined(joined, max(total * _LONG, _WORTH))


def _joined(spans: Sequence[tuple[datetime, datetime]], pause: timedelta) -> list[tuple[datetime, datetime]]:
    joined = [spans[0]]
    for start, end in spans[1:]:
        before, last = joined[-1]
        if start - last <= pause:
            joined[-1] = (before, max(last, end))
        else:
            joined.append((start, end))
    return joined


def _step(part: Part) -> timedelta:
    """The time between two marks."""
    wanted = (part.end - part.start) / part.columns * _DISTANCE
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])


def _round_times(part: Part, step: timedelta) -> Iterable[datetime]:
    """The start, then each multiple of the step since the local midnight before it."""
    yield part.start
    local = part.start.astimezone()
    midnight = local.replace(hour=0, minute=0, second=0, microsecond=0)
    at = midnight + step * ((local - midnight) // step + 1)
    while at <= part.end:
        yield at
        at += step


def _label(at: datetime, step: timedelta) -> str:
    local = at.astimezone()
    if local.microsecond or local.second or step < timedelta(minutes=1):
        return local.strftime("%H:%M:%S")
    return local.strftime("%H:%M") if step < timedelta(days=1) else local.strftime("%m-%d")
