"""The rules for one event: from a raw feature to an Event, or to everything that is wrong with it. Pure.

The ranges are those of the physical world with a margin, not of what is usual: a wrong event is set aside, a rare one
is not. Depths are in kilometres below the geoid, above it they are negative.
"""

from __future__ import annotations

import datetime as dt
import unicodedata
from dataclasses import dataclass
from typing import Any, Final

from steps.validate.event import Event, Quarantined
from steps.validate.region import region

DEPTHS_KM: Final = (-100.0, 1000.0)
MAGNITUDES: Final = (-5.0, 10.0)
LONGEST_TEXT: Final = 500

_EPOCH: Final = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_UNPRINTABLE: Final = {"Cc", "Cs"}


@dataclass(frozen=True, slots=True)
class Day:
    """The moments that belong to the logical date: from `start` on and before `end`."""

    start: dt.datetime
    end: dt.datetime


def check(feature: Any, day: Day) -> Event | Quarantined:
    """The event, or why it is none: the code of its first problem and the sentences of all."""
    reading = _Reading()
    event = reading.event(feature, day)
    if event is not None and not reading.problems:
        return event
    return Quarantined(
        reason=reading.problems[0][0], detail=" ".join(text for _, text in reading.problems), feature=feature
    )


class _Reading:
    """Reads one feature and collects its problems as (code, sentence)."""

    def __init__(self) -> None:
        self.problems: list[tuple[str, str]] = []

    def event(self, feature: Any, day: Day) -> Event | None:
        properties = feature.get("properties") if isinstance(feature, dict) else None
        if not isinstance(properties, dict):
            self._problem("not_an_event", "It is not a GeoJSON feature with properties.")
            return None
        identity = self._text("id", feature.get("id"), "bad_id")
        time = self._time(properties.get("time"), day)
        longitude, latitude, depth = self._position(feature.get("geometry"))
        kind = self._text("type", properties.get("type"), "bad_type")
        magnitude = self._in_range("magnitude", properties.get("mag"), MAGNITUDES, "bad_magnitude")
        optional = {
            name: self._optional_text(name, properties.get(name)) for name in ("magType", "place", "status", "net")
        }
        updated = properties.get("updated")
        if identity is None or time is None or longitude is None or latitude is None or kind is None:
            return None
        return Event(
            id=identity, time=time, magnitude=magnitude, magnitude_type=optional["magType"],
            latitude=latitude, longitude=longitude, depth_km=depth, place=optional["place"],
            region=region(optional["place"]), type=kind,
            status=optional["status"], network=optional["net"], updated=updated if type(updated) is int else 0,
        )  # fmt: skip

    def _time(self, value: Any, day: Day) -> dt.datetime | None:
        try:
            moment = _EPOCH + dt.timedelta(milliseconds=value) if type(value) is int else None
        except OverflowError:
            moment = None
        if moment is None:
            self._problem("bad_time", f"Its time {_shown(value)} is not a number of milliseconds since 1970.")
            return None
        if not day.start <= moment < day.end:
            self._problem("outside_day", f"Its time {moment.isoformat()} is not within the day.")
            return None
        return moment

    def _position(self, geometry: Any) -> tuple[float | None, float | None, float | None]:
        coordinates = geometry.get("coordinates") if isinstance(geometry, dict) else None
        if not isinstance(coordinates, list) or len(coordinates) not in {2, 3}:
            self._problem(
                "bad_coordinates", f"Its coordinates {_shown(coordinates)} are not longitude, latitude, depth."
            )
            return None, None, None
        longitude = self._required("longitude", coordinates[0], (-180.0, 180.0), "bad_coordinates")
        latitude = self._required("latitude", coordinates[1], (-90.0, 90.0), "bad_coordinates")
        depth = self._in_range("depth", (*coordinates, None)[2], DEPTHS_KM, "bad_depth")
        return longitude, latitude, depth

    def _required(self, name: str, value: Any, limits: tuple[float, float], code: str) -> float | None:
        if value is None:
            self._problem(code, f"It has no {name}.")
            return None
        return self._in_range(name, value, limits, code)

    def _in_range(self, name: str, value: Any, limits: tuple[float, float], code: str) -> float | None:
        if value is None:
            return None
        if type(value) not in {int, float}:
            self._problem(code, f"Its {name} {_shown(value)} is not a number.")
            return None
        if not limits[0] <= value <= limits[1]:
            self._problem(code, f"Its {name} {_shown(value)} is not within {limits[0]:g} to {limits[1]:g}.")
            return None
        return float(value)

    def _optional_text(self, name: str, value: Any) -> str | None:
        return None if value is None else self._text(name, value, "bad_text")

    def _text(self, name: str, value: Any, code: str) -> str | None:
        if not isinstance(value, str) or not value.strip():
            self._problem(code, f"Its {name} {_shown(value)} is not a text.")
            return None
        if len(value) > LONGEST_TEXT:
            self._problem(code, f"Its {name} is longer than {LONGEST_TEXT} characters.")
            return None
        if any(unicodedata.category(character) in _UNPRINTABLE for character in value):
            self._problem(code, f"Its {name} {_shown(value)} has control characters.")
            return None
        return value

    def _problem(self, code: str, sentence: str) -> None:
        self.problems.append((code, sentence))


def _shown(value: Any) -> str:
    text = repr(value)
    return text if len(text) <= 80 else f"{text[:77]}..."  # noqa: PLR2004 - what fits on a line.
