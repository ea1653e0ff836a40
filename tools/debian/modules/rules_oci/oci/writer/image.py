"""The program behind oci_image: `describe` a layer, then `write` the layout from descriptions, texts and a base.

Bazel starts it in the execution root with paths relative to that. What an image's bytes are is decided in
`documents.py`; this reads the arguments and the files they name.
"""

from __future__ import annotations

import argparse
import dataclasses
import json
import pathlib
import sys

from oci.writer import documents, layer, layout
from oci.writer.documents import Image, Layer, Platform, Settings

_FILES = ("created", "entrypoint", "cmd", "exposed_ports", "volumes", "env", "labels", "annotations")


def main(arguments: list[str]) -> int:
    """Do what the arguments ask for; 0, or 1 with a sentence about what is wrong with an input."""
    chosen = _parser().parse_args(arguments)
    try:
        if chosen.command == "describe":
            _describe(chosen)
        else:
            _write(chosen)
    except (layer.LayerError, layout.LayoutError) as error:
        print(f"oci_image: {error}", file=sys.stderr)
        return 1
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="oci_image", allow_abbrev=False)
    commands = parser.add_subparsers(dest="command", required=True)
    describe = commands.add_parser("describe")
    describe.add_argument("tar", type=pathlib.Path)
    describe.add_argument("output", type=pathlib.Path)
    write = commands.add_parser("write")
    write.add_argument("--output", type=pathlib.Path, required=True)
    write.add_argument("--digest", type=pathlib.Path, required=True)
    write.add_argument("--base", type=pathlib.Path)
    write.add_argument("--layer", nargs=3, action="append", default=[], metavar=("LABEL", "TAR", "DESCRIPTION"))
    for name in ("os", "architecture", "variant", "user", "workdir"):
        write.add_argument(f"--{name}", default="")
    for name in _FILES:
        write.add_argument(f"--{name}", type=pathlib.Path)
    return parser


def _describe(chosen: argparse.Namespace) -> None:
    described = dataclasses.asdict(layer.describe(chosen.tar))
    chosen.output.write_text(json.dumps(described, indent=2) + "\n", encoding="utf-8")


def _write(chosen: argparse.Namespace) -> None:
    layers = [(label, pathlib.Path(tar), _described(description)) for label, tar, description in chosen.layer]
    base = _base(chosen)
    links = _inherited(base, chosen.base) if chosen.base else {}
    links |= {described.digest: tar for _, tar, described in layers}
    image = documents.extend(base, [(label, described) for label, _, described in layers], _settings(chosen))
    written = documents.write(image)
    layout.write(chosen.output, written, layers=links)
    chosen.digest.write_text(documents.digest(written.manifest) + "\n", encoding="utf-8")


def _base(chosen: argparse.Namespace) -> Image:
    if chosen.base:
        return layout.read(chosen.base)
    return documents.scratch(Platform(os=chosen.os, architecture=chosen.architecture, variant=chosen.variant))


def _inherited(base: Image, folder: pathlib.Path) -> dict[str, pathlib.Path]:
    return {entry["digest"]: layout.blob(folder, entry["digest"]) for entry in base.manifest["layers"]}


def _described(path: str) -> Layer:
    return Layer(**json.loads(pathlib.Path(path).read_text(encoding="utf-8")))


def _settings(chosen: argparse.Namespace) -> Settings:
    texts = {name: _text(getattr(chosen, name)) for name in _FILES}
    return Settings(**texts, user=chosen.user, workdir=chosen.workdir)


def _text(path: pathlib.Path | None) -> str | None:
    """A file as text; every byte counts, so line ends stay as they are."""
    return None if path is None else path.read_bytes().decode(errors="replace")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
