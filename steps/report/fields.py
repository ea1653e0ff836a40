"""Reads fields of JSON objects and collects every problem with its place, instead of stopping at the first.

A reader goes on after a problem with a placeholder, which is why its values mean nothing until `Problems.check` has
returned. What the inputs of the report hold is in `reading`.
"""

from __future__ import annotations

import datetime as dt
import math
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any, Final

SHOWN: Final = 20
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_YEARS: Final = range(1900, 2201)


class InputError(ValueError):
    """Inputs that are not what their step promises. The message holds a problem a line."""


@dataclass(frozen=True, slots=True)
class Problems:
    """What was found wrong so far."""

    found: list[str] = field(default_factory=list)

    def add(self, place: str, value: object, expected: str) -> None:
        """Note one problem; a long value is cut, since it comes from outside."""
        shown = repr(value)
        self.found.append(f"{place}: is {shown if len(shown) <= 80 else shown[:79] + '…'}, expected {expected}")  # noqa: PLR2004

    def check(self) -> None:
        """Raise InputError if there is any problem."""
        if not self.found:
            return
        more = len(self.found) - SHOWN
        raise InputError("\n".join([*self.found[:SHOWN], *([f"… and {more} more"] if more > 0 else [])]))


@dataclass(frozen=True, slots=True)
class Fields:
    """One JSON object of an input and the place where it stands."""

    value: Any
    place: str
    problems: Problems

    def get(self, name: str) -> Any:
        """The raw value, None if it is missing."""
        return self.value.get(name) if isinstance(self.value, dict) else None

    def text(self, name: str) -> str:
        """A string that must be there."""
        value = self.get(name)
        return value if isinstance(value, str) else self._wrong(name, "a text", "")

    def optional_text(self, name: str) -> str | None:
        """A string or null."""
        return None if self.get(name) is None else self.text(name)

    def integer(self, name: str) -> int:
        """A whole number that counts something."""
        value = self.get(name)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        return self._wrong(name, "a whole number, 0 or more", 0)

    def number(self, name: str) -> float:
        """A finite number that must be there."""
        value = self.optional_number(name)
        return value if value is not None else self._wrong(name, "a finite number", 0.0)

    def optional_number(self, name: str) -> float | None:
        """A number or null. What is no finite number (NaN and the like) is no measurement either: None."""
        value = self.get(name)
        if value is None:
            return None
        if isinstance(value, bool) or not isinstance(value, int | float):
            return self._wrong(name, "a number or null", None)
        try:
            return float(value) if math.isfinite(value) else None
        except OverflowError:
            return None

    def time(self, name: str) -> dt.datetime:
        """An instant in ISO form with its offset from UTC."""
        try:
            time = dt.datetime.fromisoformat(self.text(name))
        except ValueError:
            time = None
        if time is None or time.tzinfo is None or time.year not in _YEARS:
            return self._wrong(name, "an ISO time with its offset, such as 2018-02-01T05:00:03.120Z", _EPOCH)
        return time.astimezone(dt.UTC)

    def date(self, name: str) -> dt.date:
        """A calendar date in ISO form."""
        try:
            return dt.date.fromisoformat(self.text(name))
        except ValueError:
            return self._wrong(name, "an ISO date, such as 2018-02-01", _EPOCH.date())

    def each(self, name: str) -> Iterator[Fields]:
        """The objects of a list."""
        value = self.get(name)
        if not isinstance(value, list):
            self._wrong(name, "a list", None)
            return
        for index, item in enumerate(value):
            yield Fields(item, f"{self._path(name)}[{index}]", self.problems)

    def child(self, name: str) -> Fields | None:
        """An object, or None for null."""
        value = self.get(name)
        return None if value is None else Fields(value, self._path(name), self.problems)

    def _path(self, name: str) -> str:
        return f"{self.place}.{name}"

    def _wrong[T](self, name: str, expected: str, placeholder: T) -> T:
        self.problems.add(self._path(name), self.get(name), expected)
        return placeholder
