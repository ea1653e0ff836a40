"""Records the images' digests and sizes in images/recorded.json: `./bazelw run //images:record`.

Tests compare with the file, so that an image changes only where somebody meant it to, and a review sees by how much.
Where Debian packages differ from the lock nothing is recorded.
"""

from __future__ import annotations

import argparse
import json
import os
import pathlib
import sys
from dataclasses import asdict, dataclass

from tools.images import layout


@dataclass(frozen=True, slots=True)
class LayerRecord:
    """A layer: the target that makes it, its digest and its compressed size."""

    label: str
    digest: str
    size: int


@dataclass(frozen=True, slots=True)
class Record:
    """An image: its manifest's digest and its layers."""

    digest: str
    layers: tuple[LayerRecord, ...]


def main(arguments: list[str]) -> int:
    """Write the file, and say what changed."""
    parser = argparse.ArgumentParser(prog="record", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--drift", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--image", type=pathlib.Path, nargs="+", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if drift := json.loads(options.drift.read_text()):
        names = ", ".join(item["name"] for item in drift)
        print(f"record: nothing recorded: packages differ from tools/debian/debian.lock: {names}", file=sys.stderr)
        return 78
    path = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."), "images", "recorded.json")
    before = read(path) if path.exists() else {}
    after = {str(image.parent): of(layout.read(image)) for image in options.image}
    path.write_text(json.dumps({name: asdict(after[name]) for name in sorted(after)}, indent=2) + "\n")
    print("\n".join(changes(before, after)) or f"{path.name}: nothing to change")
    return 0


def read(path: pathlib.Path) -> dict[str, Record]:
    """Read the file: records by the images' packages."""
    return {
        name: Record(item["digest"], tuple(LayerRecord(**layer) for layer in item["layers"]))
        for name, item in json.loads(path.read_text()).items()
    }


def of(image: layout.Image) -> Record:
    """The record of an image."""
    return Record(image.digest, tuple(LayerRecord(layer.label, layer.digest, layer.size) for layer in image.layers))


def changes(before: dict[str, Record], after: dict[str, Record]) -> list[str]:
    """One line for each image that came, went or changed."""
    lines = [f"- {name}" for name in sorted(before.keys() - after.keys())]
    for name, record in sorted(after.items()):
        old = before.get(name)
        if old != record:
            size = sum(layer.size for layer in record.layers)
            was = sum(layer.size for layer in old.layers) if old else 0
            lines.append(f"{'  ' if old else '+ '}{name} {record.digest} {size} bytes ({size - was:+})")
    return lines


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
