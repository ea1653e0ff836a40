"""Records each image's digest and sizes in a file beside its BUILD file: `./bazelw run //images:record`.

Tests compare with the files, so that an image changes only where somebody meant it to, and a review sees by how much.
An image's file is alone, so that no other image's test runs for it, and goes with the folder of a step that is removed.
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
    """Write the files, and say what changed."""
    parser = argparse.ArgumentParser(prog="record", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--drift", type=pathlib.Path, required=True, help=argparse.SUPPRESS)
    parser.add_argument("--image", type=pathlib.Path, nargs="+", required=True, help=argparse.SUPPRESS)
    options = parser.parse_args(arguments)
    if drift := json.loads(options.drift.read_text()):
        names = ", ".join(item["name"] for item in drift)
        print(f"record: nothing recorded: packages differ from tools/debian/debian.lock: {names}", file=sys.stderr)
        return 78
    repository = pathlib.Path(os.environ.get("BUILD_WORKSPACE_DIRECTORY", "."))
    lines = [line for image in sorted(options.image) if (line := written(image, repository)) is not None]
    print("\n".join(lines) or "record: nothing to change")
    return 0


def written(image: pathlib.Path, repository: pathlib.Path) -> str | None:
    """Write one image's file; one line if it came or changed."""
    path = repository / place(image)
    before = read(path) if path.exists() else None
    after = of(layout.read(image))
    path.write_text(json.dumps(asdict(after), indent=2) + "\n")
    return change(str(image.parent), before, after)


def place(image: pathlib.Path) -> pathlib.Path:
    """Where the record of an image lies, as the macro `step_image` knows too."""
    return image.with_name(f"{image.name}.json")


def read(path: pathlib.Path) -> Record:
    """Read an image's file."""
    item = json.loads(path.read_text())
    return Record(item["digest"], tuple(LayerRecord(**layer) for layer in item["layers"]))


def of(image: layout.Image) -> Record:
    """The record of an image."""
    return Record(image.digest, tuple(LayerRecord(layer.label, layer.digest, layer.size) for layer in image.layers))


def change(name: str, before: Record | None, after: Record) -> str | None:
    """One line for an image that came or changed."""
    if before == after:
        return None
    size = sum(layer.size for layer in after.layers)
    was = sum(layer.size for layer in before.layers) if before else 0
    return f"{'  ' if before else '+ '}{name} {after.digest} {size} bytes ({size - was:+})"


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
