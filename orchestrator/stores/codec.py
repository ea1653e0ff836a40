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
from collections.abc import Callable, Mapping
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
        of: Any = events.KINDS[kind]
        event: Event = _decoder(of)(body)
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


type _Decoder = Callable[[Any], Any]


@functools.cache
def _decoder(hint: Any) -> _Decoder:
    """What builds a value of this type; the inverse of `_encode`. It is put together once for each type."""
    origin, arguments = typing.get_origin(hint), typing.get_args(hint)
    if origin in {types.UnionType, typing.Union}:
        some = _decoder(arguments[0])
        return lambda value: None if value is None else some(value)
    if origin is tuple:
        item = _decoder(arguments[0])
        return lambda value: tuple(map(item, value))
    if origin is frozenset:
        return frozenset
    if origin is Mapping:
        entry = _decoder(arguments[1])
        return lambda value: {key: entry(each) for key, each in value.items()}
    return _class_decoder(hint)


def _class_decoder(hint: Any) -> _Decoder:
    if hint in {RunId, AttemptId}:
        parse: _Decoder = hint.parse
        return parse
    if hint is dt.datetime:
        return dt.datetime.fromisoformat
    if hint is dt.timedelta:
        return lambda value: dt.timedelta(seconds=value)
    if issubclass(hint, enum.Enum):
        member: _Decoder = hint
        return member
    if hint in {str, int, float, bool}:
        return functools.partial(_plain, hint)
    fields = {field: _decoder(of) for field, of in _hints(hint).items()}
    return lambda value: hint(**{field: fields[field](each) for field, each in value.items() if field in fields})


def _plain(hint: type, value: Any) -> Any:
    if not isinstance(value, (float, int) if hint is float else hint):
        raise TypeError(f"{value!r} is no {hint.__name__}")
    return value


@functools.cache
def _hints(of: Any) -> dict[str, Any]:
    """The fields of a dataclass with their types."""
    hints = typing.get_type_hints(of)
    return {field.name: hints[field.name] for field in dataclasses.fields(of)}
