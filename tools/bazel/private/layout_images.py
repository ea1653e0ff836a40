"""Writes what the steps run from as images of this machine: see layout_images.bzl.

The digest of an image is that of its manifest, as the layout's index has it; the command is what the image says.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import sys


def main(arguments: list[str]) -> None:
    """Read the arguments, write the JSON file."""
    parser = argparse.ArgumentParser()
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--lock", type=pathlib.Path, action="append", default=[])
    parser.add_argument("--image", nargs=3, action="append", default=[], metavar=("REF", "FOLDER", "STEP"))
    parser.add_argument("--orchestrator", nargs=2, required=True, metavar=("REF", "FOLDER"))
    options = parser.parse_args(arguments)
    ref, folder = options.orchestrator
    made = {
        "orchestrator": image(ref, pathlib.Path(folder)),
        "images": {step: image(ref, pathlib.Path(folder)) for ref, folder, step in options.image},
        "locks": {path.name: hashlib.sha256(path.read_bytes()).hexdigest() for path in options.lock},
    }
    options.output.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")


def image(ref: str, folder: pathlib.Path) -> dict[str, object]:
    """The entry of release.json."""
    manifests = json.loads((folder / "index.json").read_bytes())["manifests"]
    if len(manifests) != 1:
        sys.exit(f"{folder} has {len(manifests)} images; a program runs from one")
    return {"ref": f"layout:{ref}", "digest": manifests[0]["digest"], "command": []}


if __name__ == "__main__":
    main(sys.argv[1:])
