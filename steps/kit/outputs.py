"""What a step publishes: objects first, each under its digest, and at the very end the manifest that names them.

Until the manifest exists nothing has happened, as far as anyone else can see. It is created, never overwritten: where
one exists already, that one stands and this attempt's work was for nothing.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Final

from steps.kit import layout, manifest
from steps.kit.context import Context
from steps.kit.manifest import Manifest, Object
from steps.kit.storage import Storage

_NAME: Final = re.compile(r"[a-z0-9][a-z0-9._-]*")


class Outputs:
    """Collects the objects and counts of one task. `keep` stores content and returns its digest."""

    def __init__(self, keep: Callable[[str, bytes], str]) -> None:
        self._keep = keep
        self._objects: dict[str, Object] = {}
        self._rows: dict[str, int] = {}

    @property
    def objects(self) -> Mapping[str, Object]:
        """What was put so far, by name."""
        return dict(self._objects)

    @property
    def rows(self) -> Mapping[str, int]:
        """The named counts so far."""
        return dict(self._rows)

    def put(self, name: str, data: bytes, *, rows: int | None = None, schema: str | None = None) -> None:
        """Store an object under a name that no other object of this task has."""
        if _NAME.fullmatch(name) is None or name in self._objects:
            raise ValueError(f"{name!r} is not a new name of an object")
        self._objects[name] = Object(sha256=self._keep(name, data), bytes=len(data), rows=rows, schema=schema)

    def count(self, **rows: int) -> None:
        """Say how many rows there were, by name; only what follows from the data."""
        self._rows |= rows


def summarize[S](context: Context[S], outputs: Outputs, inputs: Mapping[str, str]) -> Manifest:
    """The manifest of what was put and counted."""
    return Manifest(
        step=context.step,
        logical_date=context.logical_date,
        task_index=context.task_index,
        task_count=context.task_count,
        objects=outputs.objects,
        rows=outputs.rows,
        inputs=inputs,
    )


def own_manifest_key[S](context: Context[S]) -> str:
    """Where this task's manifest lies."""
    return layout.manifest_key(context.run, context.step, task_index=context.task_index, task_count=context.task_count)


def publish[S](context: Context[S], storage: Storage, result: Manifest) -> bool:
    """Create the manifest. False when there is one already, which then stands."""
    return storage.create(own_manifest_key(context), manifest.encode(result))
