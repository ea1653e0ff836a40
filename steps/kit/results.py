"""Reading what other steps published: the newest generation, not newer than one's own, whose result is complete.

`Inputs` remembers what was read, because a manifest names the digests of its inputs. It reads manifests and objects,
never a claim: who works on something is nobody else's business.
"""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from steps.kit import codec, layout, manifest
from steps.kit.contract import RunId
from steps.kit.errors import BadData, Misconfigured, Unavailable
from steps.kit.manifest import Manifest
from steps.kit.storage import Storage


@dataclass(frozen=True, slots=True, kw_only=True)
class Result:
    """The complete result of one step: a manifest for each of its tasks, in their order."""

    step: str
    generation: int
    manifests: tuple[Manifest, ...]
    digest: str
    storage: Storage

    @property
    def rows(self) -> Mapping[str, int]:
        """The named counts, summed over the tasks."""
        names = sorted({name for entry in self.manifests for name in entry.rows})
        return {name: sum(entry.rows.get(name, 0) for entry in self.manifests) for name in names}

    def read(self, name: str) -> list[bytes]:
        """The content that each task published under a name, in the order of the tasks."""
        for entry in self.manifests:
            if name not in entry.objects:
                published = ", ".join(sorted(entry.objects)) or "nothing"
                raise Misconfigured(f"step {self.step} published no {name!r}, it published {published}")
        return [self.storage.get_object(entry.objects[name].sha256) for entry in self.manifests]

    def read_one(self, name: str) -> bytes:
        """The content of an object of a step that has one task."""
        contents = self.read(name)
        if len(contents) != 1:
            raise Misconfigured(f"step {self.step} ran as {len(contents)} tasks, {name!r} is expected of one")
        return contents[0]

    def read_json(self, name: str) -> Any:
        """The value of a JSON object of a step that has one task."""
        return self._decoded(name, codec.decode, self.read_one(name))

    def read_lines(self, name: str) -> list[Any]:
        """The values of JSON lines, task after task."""
        return [value for data in self.read(name) for value in self._decoded(name, codec.decode_lines, data)]

    def _decoded(self, name: str, decode: Any, data: bytes) -> Any:
        try:
            return decode(data)
        except ValueError as error:
            raise BadData(f"{name} of step {self.step}: {error}") from error


class Inputs:
    """What this attempt read from other steps."""

    def __init__(self, storage: Storage, run: RunId) -> None:
        self._storage = storage
        self._run = run
        self._read: dict[str, Result] = {}

    @property
    def digests(self) -> Mapping[str, str]:
        """Digest over the manifests of each step that was read."""
        return {step: result.digest for step, result in self._read.items()}

    def of(self, step: str) -> Result:
        """The result of a step. Raises Unavailable when there is no complete one."""
        result = self.find(step)
        if result is None:
            raise Unavailable(
                f"step {step} has no complete result for {self._run} or an earlier generation in {self._storage.url}: "
                "it has to succeed first"
            )
        return result

    def find(self, step: str) -> Result | None:
        """The result of a step, or None when there is no complete one."""
        if step not in self._read:
            found = find_result(self._storage, self._run, step)
            if found is None:
                return None
            self._read[step] = found
        return self._read[step]


def find_result(storage: Storage, run: RunId, step: str) -> Result | None:
    """The newest complete result of a step, of `run` or an earlier generation of its date."""
    for generation in reversed(generations(storage, run)):
        result = _complete(storage, replace(run, generation=generation), step)
        if result is not None:
            return result
    return None


def generations(storage: Storage, run: RunId) -> list[int]:
    """The generations of the run's date that left something, oldest first, none newer than `run`."""
    names = storage.folders(layout.date_folder(run.pipeline, run.logical_date))
    numbers = sorted(int(name) for name in names if name.isascii() and name.isdigit())
    return [number for number in numbers if number <= run.generation]


def _complete(storage: Storage, run: RunId, step: str) -> Result | None:
    folder = layout.step_folder(run, step)
    tasks = {task for name in storage.names(folder) if (task := layout.parse_manifest_name(name)) is not None}
    counts = [count for count in sorted({count for _, count in tasks}) if {(i, count) for i in range(count)} <= tasks]
    if not counts:
        return None
    if len(counts) > 1:
        raise Misconfigured(f"{folder} is complete for {counts} tasks: which one counts? Rerun the date.")
    keys = [layout.manifest_key(run, step, task_index=i, task_count=counts[0]) for i in range(counts[0])]
    contents = [storage.read(key) or b"" for key in keys]
    return Result(
        step=step,
        generation=run.generation,
        manifests=tuple(_decode(key, data) for key, data in zip(keys, contents, strict=True)),
        digest=hashlib.sha256(b"".join(contents)).hexdigest(),
        storage=storage,
    )


def _decode(key: str, data: bytes) -> Manifest:
    try:
        return manifest.decode(data)
    except ValueError as error:
        raise BadData(f"the manifest {key} is damaged: {error}. Rerun the date as a new generation.") from error
