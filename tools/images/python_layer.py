"""Makes a layer of Python modules, wheels or our own: flattened into one folder, with bytecode.

A file is given as REPOSITORY, path below site-packages (or below the repository's root) and where it lies; files of one
repository are one component. Modes do not depend on how a wheel was unpacked: what the kernel could start may be
executed, nothing else.
"""

from __future__ import annotations

import argparse
import email.parser
import pathlib
import re
import sys
from dataclasses import dataclass

from tools.images import contents, licences
from tools.images.bytecode import bytecode, cached
from tools.images.contents import Component, Contents
from tools.images.tar import File, LayerError, write_layer

_OWN = "nightjar"
_PROGRAMS = (b"\x7fELF", b"#!")
_METADATA = re.compile(r"[^/]+\.dist-info/METADATA")


@dataclass(frozen=True, slots=True)
class Part:
    """A file that goes in. `repository` is empty for this project's own."""

    repository: str
    path: str
    source: pathlib.Path


def part(text: str) -> Part:
    """Read `REPOSITORY=PATH=FILE`."""
    repository, path, source = text.split("=", 2)
    return Part(repository, path, pathlib.Path(source))


def main(arguments: list[str]) -> int:
    """Write the layer and its contents."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--contents", type=pathlib.Path, required=True)
    parser.add_argument("--prefix", required=True, help="the folder in the image")
    parser.add_argument("parts", nargs="*", type=part)
    options = parser.parse_args(arguments)
    groups: dict[str, list[Part]] = {}
    for item in options.parts:
        groups.setdefault(item.repository, []).append(item)
    entries = {name: _entries(parts, options.prefix) for name, parts in sorted(groups.items())}
    everything = [file for files in entries.values() for file in files]
    try:
        components = tuple(_component(groups[name], files) for name, files in entries.items())
        write_layer([*everything, *bytecode(everything)], options.output)
    except LayerError as error:
        print(f"python_layer: {error}", file=sys.stderr)
        return 1
    contents.write(Contents(components=components), options.contents)
    return 0


def _entries(parts: list[Part], prefix: str) -> list[File]:
    return [File(path=f"{prefix}/{item.path}", mode=_mode(item.source), content=item.source) for item in parts]


def _mode(source: pathlib.Path) -> int:
    with source.open("rb") as file:
        start = file.read(4)
    return 0o755 if start.startswith(_PROGRAMS) else 0o644


def _component(parts: list[Part], files: list[File]) -> Component:
    """What the files of one repository are: a distribution, whose METADATA is among them, or this project."""
    modules = [cached(file.path) for file in files if file.path.endswith(".py")]
    paths = tuple(sorted([file.path for file in files] + modules))
    if not parts[0].repository:
        return Component(kind="own", name=_OWN, files=paths)
    metadata = [item.source for item in parts if _METADATA.fullmatch(item.path)]
    if len(metadata) != 1:
        raise LayerError(f"{parts[0].repository}: one METADATA is needed, there are {len(metadata)}")
    headers = email.parser.BytesHeaderParser().parsebytes(metadata[0].read_bytes())
    return Component(
        kind="pypi",
        name=headers["Name"],
        version=headers["Version"],
        licences=licences.of_metadata(headers),
        files=paths,
    )


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
