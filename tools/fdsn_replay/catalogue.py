"""Recorded catalogues in memory, and which of their events a query asks for. Pure but for the reading of files."""

from __future__ import annotations

import json
import pathlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Self

from tools.fdsn_replay.query import Order, Query


class CatalogueError(Exception):
    """A file is no recorded catalogue; the message names it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One recorded feature and the numbers that queries compare; a missing one matches no bound."""

    feature: Mapping[str, Any]
    id: str
    time: int
    numbers: Mapping[str, float | None]

    @classmethod
    def of(cls, feature: Mapping[str, Any]) -> Self:
        """Read a feature as USGS writes it. Raises KeyError, TypeError or ValueError when it is none."""
        longitude, latitude, depth = feature["geometry"]["coordinates"]
        magnitude = feature["properties"]["mag"]
        return cls(
            feature=feature,
            id=str(feature["id"]),
            time=int(feature["properties"]["time"]),
            numbers={"latitude": latitude, "longitude": longitude, "depth": depth, "magnitude": magnitude},
        )


@dataclass(frozen=True, slots=True)
class Catalogue:
    """Events of all files, each id once, by time."""

    events: Sequence[Event]

    @classmethod
    def read(cls, paths: Iterable[pathlib.Path]) -> Self:
        """Read GeoJSON files; of an id that occurs twice the later file's event counts."""
        events = {event.id: event for path in paths for event in _read_file(path)}
        return cls(tuple(sorted(events.values(), key=lambda event: (event.time, event.id))))

    def select(self, query: Query) -> list[Event]:
        """All events that match, in the order that the query wants, without its limit and offset."""
        found = [event for event in self.events if _matches(event, query)]
        match query.order:
            case Order.TIME_ASC:
                return found
            case Order.TIME:
                return found[::-1]
            case Order.MAGNITUDE:
                return sorted(found, key=_magnitude, reverse=True)
            case Order.MAGNITUDE_ASC:
                return sorted(found, key=_magnitude)


def _read_file(path: pathlib.Path) -> list[Event]:
    try:
        return [Event.of(feature) for feature in json.loads(path.read_bytes())["features"]]
    except OSError as error:
        raise CatalogueError(f"{path}: {error.strerror}") from error
    except (KeyError, TypeError, ValueError) as error:
        raise CatalogueError(f"{path} is not a GeoJSON catalogue of USGS: {type(error).__name__}: {error}") from error


def _matches(event: Event, query: Query) -> bool:
    if query.event_id is not None and event.id != query.event_id:
        return False
    if not query.start <= event.time <= query.end:
        return False
    return all(bound.holds(event.numbers[bound.field]) for bound in query.bounds)


def _magnitude(event: Event) -> float:
    magnitude = event.numbers["magnitude"]
    return float("-inf") if magnitude is None else magnitude
