"""Events as JSON, for every store alike.

The form follows the dataclasses of `core/events.py` and `core/model.py`, field by field, so it changes only when they
do: `golden.jsonl` holds lines that were once written and must be read for ever. A field that is added later needs a
default. `Any` stays in here.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import enum
import functools
import json
import types
import typing
from collections.abc import Mapping
from typing import Any

from orchestrator.core import events
from orchestrator.core.errors import BrokenLog
from orchestrator.core.events import Event
from steps.kit.contract import AttemptId, RunId

VERSION = 1
"""Grows when an old program could misread what a new one writes."""


def encode(event: Event) -> str:
    """An event as one line of JSON. Keys keep their order, because that of a pipeline's steps means something."""
    return json.dumps({"v": VERSION, "kind": event.kind, **_encode(event)}, separators=(",", ":"))


def decode(text: str) -> Event:
    """The event that `encode` wrote, now or in an earlier version. Raises BrokenLog for what it cannot read."""
    try:
        body: dict[str, Any] = json.loads(text)
        version, kind = body.pop("v"), body.pop("kind")
    except (ValueError, KeyError, AttributeError, TypeError) as err:
        raise BrokenLog(f"the store holds something that is no event: {text[:200]!r}") from err
    if version > VERSION or kind not in events.KINDS:
        raise BrokenLog(f"an event {kind!r} of version {version} was written by a newer nightjar: use that one")
    try:
        event: Event = _decode(events.KINDS[kind], body)
    except (ValueError, KeyError, TypeError) as err:
        raise BrokenLog(f"the store holds a damaged event ({err}): {text[:200]!r}") from err
    return event


def _encode(value: Any) -> Any:  # noqa: PLR0911  (one for each type)
    match value:
        case RunId() | AttemptId():
            return str(value)
        case enum.Enum():
            return value.value
        case dt.datetime():
            return value.astimezone(dt.UTC).isoformat().replace("+00:00", "Z")
        case dt.timedelta():
            return value.total_seconds()
        case Mapping():
            return {key: _encode(each) for key, each in value.items()}
        case tuple():
            return [_encode(each) for each in value]
        case frozenset():
            return sorted(value)
        case None | str() | int() | float():
            return value
        case _:
            kind: Any = type(value)
            return {field: _encode(getattr(value, field)) for field in _hints(kind)}


def _decode(hint: Any, value: Any) -> Any:
    """Build a value of this type; the inverse of `_encode`."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        return None if value is None else _decode(arguments[0], value)
    if origin is tuple:
        return tuple(_decode(arguments[0], each) for each in value)
    if origin is frozenset:
        return frozenset(value)
    if origin is Mapping:
        return {key: _decode(arguments[1], each) for key, each in value.items()}
    return _decode_class(hint, value)


def _decode_class(hint: Any, value: Any) -> Any:
    if hint in {RunId, AttemptId}:
        return hint.parse(value)
    if hint is dt.datetime:
        return dt.datetime.fromisoformat(value)
    if hint is dt.timedelta:
        return dt.timedelta(seconds=value)
    if issubclass(hint, enum.Enum):
        return hint(value)
    if hint in {str, int, float, bool}:
        if not isinstance(value, (float, int) if hint is float else hint):
            raise TypeError(f"{value!r} is no {hint.__name__}")
        return value
    hints = _hints(hint)
    return hint(**{field: _decode(hints[field], each) for field, each in value.items() if field in hints})


@functools.cache
def _hints(of: Any) -> dict[str, Any]:
    """The fields of a dataclass with their types."""
    hints = typing.get_type_hints(of)
    return {field.name: hints[field.name] for field in dataclasses.fields(of)}
