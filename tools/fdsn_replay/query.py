"""The query parameters of FDSN's event service: from text to a Query, or to what is wrong. Pure.

Both edges of the time window are inclusive, as in the specification. What this service does not know it refuses, as
real services do, so that a misspelt parameter is not silently ignored.
"""

from __future__ import annotations

import datetime as dt
import enum
import math
import urllib.parse
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

_SHORT: Final = {
    "start": "starttime", "end": "endtime", "minlat": "minlatitude", "maxlat": "maxlatitude", "minlon": "minlongitude",
    "maxlon": "maxlongitude", "minmag": "minmagnitude", "maxmag": "maxmagnitude",
}  # fmt: skip
_LIMITS: Final = {
    "latitude": (-90.0, 90.0), "longitude": (-180.0, 180.0), "depth": (-100.0, 1000.0), "magnitude": (-10.0, 12.0),
}  # fmt: skip
_BOUNDS: Final = {f"{edge}{field}": (edge, field) for field in _LIMITS for edge in ("min", "max")}
_OTHERS: Final = {"starttime", "endtime", "limit", "offset", "orderby", "format", "eventid", "nodata"}
_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)


class BadQueryError(Exception):
    """What a service answers with status 400."""


class Order(enum.StrEnum):
    """In which order events come."""

    TIME = "time"
    TIME_ASC = "time-asc"
    MAGNITUDE = "magnitude"
    MAGNITUDE_ASC = "magnitude-asc"


class Format(enum.StrEnum):
    """How events are written."""

    GEOJSON = "geojson"
    TEXT = "text"


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound:
    """One edge of a range that an event's number must keep, itself included."""

    field: str
    edge: str
    value: float

    def holds(self, number: float | None) -> bool:
        """Whether a number keeps it; no number keeps none."""
        if number is None:
            return False
        return number >= self.value if self.edge == "min" else number <= self.value


@dataclass(frozen=True, slots=True, kw_only=True)
class Query:
    """One checked query; times in milliseconds since 1970, `offset` counts from 1."""

    start: float
    end: float
    bounds: tuple[Bound, ...]
    limit: int | None
    offset: int
    order: Order
    format: Format
    event_id: str | None
    no_data: int


def parse(query: str) -> Query:
    """Read a query string. Raises BadQueryError with every problem, one a line."""
    pairs = [(_SHORT.get(name, name), value) for name, value in urllib.parse.parse_qsl(query, keep_blank_values=True)]
    values = dict(pairs)
    problems = [f'Unknown parameter "{name}".' for name in values if name not in _OTHERS and name not in _BOUNDS]
    problems += [f'Parameter "{name}" is given twice.' for name in values if [n for n, _ in pairs].count(name) > 1]
    reading = _Reading(values, problems)
    result = reading.query()
    if problems:
        raise BadQueryError("\n".join(problems))
    return result


class _Reading:
    def __init__(self, values: Mapping[str, str], problems: list[str]) -> None:
        self._values = values
        self._problems = problems

    def query(self) -> Query:
        start, end = self._time("starttime", -math.inf), self._time("endtime", math.inf)
        if start > end:
            self._problems.append("starttime must not be after endtime.")
        return Query(
            start=start,
            end=end,
            bounds=tuple(
                Bound(field=field, edge=edge, value=self._number(name, *_LIMITS[field]))
                for name, (edge, field) in _BOUNDS.items()
                if name in self._values
            ),
            limit=int(self._number("limit", 1, 10**9, whole=True)) if "limit" in self._values else None,
            offset=int(self._number("offset", 1, 10**9, whole=True)) if "offset" in self._values else 1,
            order=Order(self._choice("orderby", [str(order) for order in Order], Order.TIME)),
            format=Format(self._choice("format", [str(form) for form in Format], Format.TEXT)),
            event_id=self._values.get("eventid"),
            no_data=int(self._choice("nodata", ["204", "404"], "204")),
        )

    def _time(self, name: str, default: float) -> float:
        text = self._values.get(name)
        if text is None:
            return default
        try:
            moment = dt.datetime.fromisoformat(text)
        except ValueError:
            self._problems.append(f'Bad {name} value "{text}". Valid values are ISO-8601 timestamps.')
            return default
        aware = moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)
        return (aware - _EPOCH) / dt.timedelta(milliseconds=1)

    def _number(self, name: str, lowest: float, highest: float, *, whole: bool = False) -> float:
        text = self._values[name]
        try:
            value = float(int(text)) if whole else float(text)
        except ValueError:
            value = math.nan
        if lowest <= value <= highest:
            return value
        self._problems.append(f'Bad {name} value "{text}". Valid values are from {lowest:g} to {highest:g}.')
        return lowest

    def _choice(self, name: str, choices: list[str], default: str) -> str:
        text = self._values.get(name, default)
        if text in choices:
            return text
        self._problems.append(f'Bad {name} value "{text}". Valid values are {", ".join(choices)}.')
        return default
