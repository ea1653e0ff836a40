"""What a step says that it published, as a value and as canonical JSON.

A manifest holds only what follows from the data: no clock, no attempt id, no duration, so that a repeated attempt
publishes the same bytes. Reading is strict: a manifest that is not exactly of this format is reported, never guessed.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from steps.kit import codec

FORMAT: Final = 1

_DIGEST: Final = re.compile(r"[0-9a-f]{64}")
_KEYS: Final = {"format", "step", "logical_date", "task_index", "task_count", "objects", "rows", "inputs"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Object:
    """One published object: its content's digest and size, how many rows it has and of which schema they are."""

    sha256: str
    bytes: int
    rows: int | None = None
    schema: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Manifest:
    """The result of one task. `rows` are named counts; `inputs` maps a step to the digest over its manifests."""

    step: str
    logical_date: dt.date
    task_index: int
    task_count: int
    objects: Mapping[str, Object]
    rows: Mapping[str, int]
    inputs: Mapping[str, str]


def encode(manifest: Manifest) -> bytes:
    """The bytes that are published."""
    return codec.encode(
        {
            "format": FORMAT,
            "step": manifest.step,
            "logical_date": manifest.logical_date.isoformat(),
            "task_index": manifest.task_index,
            "task_count": manifest.task_count,
            "objects": {name: _encode_object(entry) for name, entry in manifest.objects.items()},
            "rows": dict(manifest.rows),
            "inputs": dict(manifest.inputs),
        }
    )


def decode(data: bytes) -> Manifest:
    """The value of published bytes. Raises ValueError that says what is wrong."""
    value = codec.decode(data)
    _expect(isinstance(value, dict) and set(value) == _KEYS, f"must be an object with the keys {sorted(_KEYS)}")
    _expect(value["format"] == FORMAT, f"has format {value['format']!r}, this reader knows {FORMAT}")
    _expect(isinstance(value["step"], str), "step must be text")
    for name in ("objects", "rows", "inputs"):
        _expect(isinstance(value[name], dict), f"{name} must be an object")
    return Manifest(
        step=value["step"],
        logical_date=dt.date.fromisoformat(str(value["logical_date"])),
        task_index=_count(value["task_index"], "task_index"),
        task_count=_count(value["task_count"], "task_count"),
        objects={name: _decode_object(name, entry) for name, entry in value["objects"].items()},
        rows={name: _count(entry, f"rows.{name}") for name, entry in value["rows"].items()},
        inputs={name: _digest(entry, f"inputs.{name}") for name, entry in value["inputs"].items()},
    )


def _encode_object(entry: Object) -> dict[str, object]:
    optional = {"rows": entry.rows, "schema": entry.schema}
    return {"sha256": entry.sha256, "bytes": entry.bytes} | {
        name: value for name, value in optional.items() if value is not None
    }


def _decode_object(name: str, value: Any) -> Object:
    place = f"objects.{name}"
    _expect(isinstance(value, dict), f"{place} must be an object")
    unknown = set(value) - {"sha256", "bytes", "rows", "schema"}
    _expect(not unknown, f"{place} has the unknown keys {sorted(unknown)}")
    schema = value.get("schema")
    _expect(schema is None or isinstance(schema, str), f"{place}.schema must be text")
    return Object(
        sha256=_digest(value.get("sha256"), f"{place}.sha256"),
        bytes=_count(value.get("bytes"), f"{place}.bytes"),
        rows=None if "rows" not in value else _count(value["rows"], f"{place}.rows"),
        schema=schema,
    )


def _count(value: Any, place: str) -> int:
    _expect(type(value) is int and value >= 0, f"{place} must be a whole number of at least 0, is {value!r}")
    return int(value)


def _digest(value: Any, place: str) -> str:
    _expect(isinstance(value, str) and _DIGEST.fullmatch(value), f"{place} must be a sha256, is {value!r}")
    return str(value)


def _expect(condition: object, problem: str) -> None:
    if not condition:
        raise ValueError(problem)
