"""How events and refusals are written: GeoJSON as USGS has it, FDSN's text, FDSN's plain-text errors. Pure."""

from __future__ import annotations

import datetime as dt
import http
import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from tools.fdsn_replay.catalogue import Catalogue, Event
from tools.fdsn_replay.query import Format, Query

VERSION: Final = "1.2.4"
"""The version of the FDSN specification that is spoken."""
_HEADER: Final = (
    "#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|MagAuthor"
    "|EventLocationName|EventType"
)
_EPOCH: Final = dt.datetime(1970, 1, 1)  # noqa: DTZ001 - FDSN writes UTC without a zone.


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """Status, type and body of one HTTP answer."""

    status: int
    type: str
    body: bytes


def query_answer(catalogue: Catalogue, query: Query, *, limit: int, target: str) -> Answer:
    """The events that a query asks for, 204 when there are none, 413 when there are more than `limit`."""
    found = catalogue.select(query)
    page = found[query.offset - 1 :][: query.limit]
    if len(page) > limit:
        text = f"{len(found)} matching events exceeds search limit of {limit}. Modify the search to match fewer events."
        return error_answer(413, text, target=target)
    if not page and query.no_data == http.HTTPStatus.NOT_FOUND:
        return error_answer(404, "No matching events found.", target=target)
    if not page:
        return Answer(status=204, type="text/plain", body=b"")
    if query.format is Format.TEXT:
        return Answer(status=200, type="text/plain; charset=utf-8", body=_text(page))
    return Answer(status=200, type="application/json; charset=utf-8", body=_geojson(page, target))


def count_answer(catalogue: Catalogue, query: Query) -> Answer:
    """How many events match, whatever the limit."""
    number = len(catalogue.select(query))
    return Answer(status=200, type="text/plain; charset=utf-8", body=f"{number}".encode())


def version_answer() -> Answer:
    """The version of the specification."""
    return Answer(status=200, type="text/plain; charset=utf-8", body=VERSION.encode())


def error_answer(status: int, text: str, *, target: str) -> Answer:
    """A refusal in the form that the specification lays down, without a clock."""
    phrase = http.HTTPStatus(status).phrase
    body = f"Error {status}: {phrase}\n\n{text}\n\nRequest:\n{target}\n\nService version:\n{VERSION}\n"
    return Answer(status=status, type="text/plain; charset=utf-8", body=body.encode())


def _geojson(events: Sequence[Event], target: str) -> bytes:
    metadata = {"url": target, "title": "Recorded catalogue", "status": 200, "api": VERSION, "count": len(events)}
    features = [event.feature for event in events]
    return json.dumps(
        {"type": "FeatureCollection", "metadata": metadata, "features": features}, separators=(",", ":")
    ).encode()


def _text(events: Sequence[Event]) -> bytes:
    return "".join(f"{line}\n" for line in (_HEADER, *map(_line, events))).encode()


def _line(event: Event) -> str:
    properties, numbers = event.feature["properties"], event.numbers
    network = properties["net"]
    time = (_EPOCH + dt.timedelta(milliseconds=event.time)).isoformat(timespec="milliseconds")
    fields = (
        event.id, time, numbers["latitude"], numbers["longitude"], numbers["depth"], network, network, network,
        event.id, properties["magType"], numbers["magnitude"], network, properties["place"], properties["type"],
    )  # fmt: skip
    return "|".join("" if field is None else str(field).replace("|", " ") for field in fields)
