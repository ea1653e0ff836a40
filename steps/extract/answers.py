"""From the bytes of an answer to features. Pure; every defect of the answer as a whole is a ValueError.

Two formats: `geojson` as USGS defines it, and FDSN's own `text`, which every FDSN event service must offer (GEOFON,
INGV, EMSC, ISC, ETH …). A line of text becomes a feature of the same shape, so that the steps behind need not know.
"""

from __future__ import annotations

import datetime as dt
import itertools
import math
from collections.abc import Callable
from typing import Any, Final

from steps.extract.client import Format
from steps.extract.features import Feature
from steps.extract.window import since_epoch
from steps.kit import codec

COLUMNS: Final = (
    "EventID", "Time", "Latitude", "Longitude", "Depth/km", "Author", "Catalog", "Contributor", "ContributorID",
    "MagType", "Magnitude", "MagAuthor", "EventLocationName", "EventType",
)  # fmt: skip
"""FDSN's text columns; the last one is optional."""


def reader(form: Format) -> Callable[[bytes], list[Any]]:
    """What reads the answers of a format."""
    return read_geojson if form is Format.GEOJSON else read_text


def read_geojson(data: bytes) -> list[Any]:
    """The features of a FeatureCollection, unchecked."""
    value = codec.decode(data)
    if not isinstance(value, dict) or value.get("type") != "FeatureCollection":
        raise ValueError("is not a GeoJSON FeatureCollection")
    features = value.get("features")
    if isinstance(features, list):
        return features
    raise ValueError("has no list of features")


def read_text(data: bytes) -> list[Any]:
    """The lines of FDSN's text format. A line without the right number of fields spoils the answer."""
    lines = data.decode("utf-8").splitlines()
    events = [line for line in lines if line.strip() and not line.startswith("#")]
    return [_feature(number, line.split("|")) for number, line in enumerate(events, start=1)]


def _feature(number: int, fields: list[str]) -> Feature:
    if not len(COLUMNS) - 1 <= len(fields) <= len(COLUMNS):
        raise ValueError(f"event {number} has {len(fields)} fields, FDSN's text has {len(COLUMNS) - 1}")
    named = dict(itertools.zip_longest(COLUMNS, (field.strip() for field in fields), fillvalue=""))
    return {
        "type": "Feature",
        "id": named["EventID"],
        "properties": {
            "mag": _number(named["Magnitude"]),
            "magType": named["MagType"] or None,
            "net": named["Contributor"] or named["Author"] or None,
            "place": named["EventLocationName"] or None,
            "status": None,
            "time": _time(named["Time"]),
            # A service that does not say what an event was lists earthquakes.
            "type": named["EventType"] or "earthquake",
            "updated": None,
        },
        "geometry": {
            "type": "Point",
            "coordinates": [_number(named[name]) for name in ("Longitude", "Latitude", "Depth/km")],
        },
    }


def _number(text: str) -> float | str | None:
    """A number; text that is none stays as it is, for `validate` to complain about."""
    try:
        value = float(text) if text else None
    except ValueError:
        return text
    return value if value is None or math.isfinite(value) else text


def _time(text: str) -> int | str:
    try:
        moment = dt.datetime.fromisoformat(text)
    except ValueError:
        return text
    return since_epoch(moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC))
