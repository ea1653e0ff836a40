"""Compares this build's images with another build's: `./bazelw run //images:compare -- OTHER_WORKSPACE`.

The other is a workspace in which `./bazelw build //images:images` has run, best in another folder, under another umask,
user and locale. A difference is told as which file of which layer, and what of it.
"""

from __future__ import annotations

import argparse
import hashlib
import os
import pathlib
import sys
import tarfile

from tools.images import layout

_ASPECTS = ("mode", "uid", "gid", "mtime", "size", "type", "linkname", "uname", "gname", "pax_headers")


def main(arguments: list[str]) -> int:
    """Exit 0 where all are equal, 1 where something differs, 78 where the other build is not there."""
    parser = argparse.ArgumentParser(prog="compare", description=__doc__.splitlines()[0] if __doc__ else None)
    parser.add_argument("--image", type=pathlib.Path, nargs="+", required=True, help=argparse.SUPPRESS)
    parser.add_argument("workspace", metavar="OTHER_WORKSPACE", help="where the other build was made")
    options = parser.parse_args(arguments)
    other = pathlib.Path(os.environ.get("BUILD_WORKING_DIRECTORY", "."), options.workspace, "bazel-bin").resolve()
    differing = 0
    for image in options.image:
        theirs = other / image
        if not (theirs / "index.json").exists():
            print(f"compare: {theirs} is not there: run ./bazelw build //images:images there", file=sys.stderr)
            return 78
        found = differences(layout.read(image), layout.read(theirs))
        differing += bool(found)
        print(f"{image.parent}: {'differs' if found else 'equal'}", *found, sep="\n    ")
    print(f"{len(options.image) - differing} of {len(options.image)} images are equal")
    return 1 if differing else 0


def differences(ours: layout.Image, theirs: layout.Image) -> list[str]:
    """What differs, a line each; nothing for equal images."""
    if ours.digest == theirs.digest:
        return []
    found: list[str] = []
    labels = [[layer.label for layer in image.layers] for image in (ours, theirs)]
    if labels[0] != labels[1]:
        return [f"the layers are {labels[0]} and {labels[1]}"]
    for mine, other in zip(ours.layers, theirs.layers, strict=True):
        if mine.digest != other.digest:
            found += [f"{mine.label}: {line}" for line in of_layers(mine, other) or ["only the compression differs"]]
    return found or ["the configuration differs"]


def of_layers(ours: layout.Layer, theirs: layout.Layer) -> list[str]:
    """The entries of two layers that are not the same."""
    mine, other = ({info.name: (info, data) for info, data in layer.members()} for layer in (ours, theirs))
    lines = [f"{name} is in one alone" for name in sorted(mine.keys() ^ other.keys())]
    for name in sorted(mine.keys() & other.keys()):
        lines += [f"{name}: {aspect}" for aspect in of_entries(mine[name], other[name])]
    if not lines and list(mine) != list(other):
        lines.append("the order of the files")
    return lines


def of_entries(ours: tuple[tarfile.TarInfo, bytes], theirs: tuple[tarfile.TarInfo, bytes]) -> list[str]:
    """What of one file differs."""
    found = [
        f"{aspect} {getattr(ours[0], aspect)!r} and {getattr(theirs[0], aspect)!r}"
        for aspect in _ASPECTS
        if getattr(ours[0], aspect) != getattr(theirs[0], aspect)
    ]
    if ours[1] != theirs[1]:
        digests = [hashlib.sha256(data).hexdigest()[:12] for data in (ours[1], theirs[1])]
        found.append(f"content sha256 {digests[0]}… and {digests[1]}…")
    return found


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
