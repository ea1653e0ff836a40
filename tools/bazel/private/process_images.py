"""Writes what orchestrator and steps run from as processes: see process_images.bzl.

A digest is over the program's files of this repository, each by name and content, and over the locks, which fix
everything else. So it changes with a line of the step or of the kit, and not with a step that it does not use.
"""

from __future__ import annotations

import argparse
import hashlib
import json
import pathlib
import sys
from dataclasses import dataclass, field


@dataclass(slots=True)
class Program:
    """A program as its arguments come in; the name of the orchestrator's is empty, which is no name of a step."""

    name: str
    command: str = ""
    files: dict[str, pathlib.Path] = field(default_factory=dict)


def main(arguments: list[str]) -> None:
    """Read the arguments, write the JSON file."""
    parser = argparse.ArgumentParser(fromfile_prefix_chars="@")
    parser.add_argument("--output", type=pathlib.Path, required=True)
    parser.add_argument("--lock", type=pathlib.Path, action="append", default=[])
    # The following belong to the --orchestrator or --step before them.
    parser.add_argument("--orchestrator", dest="words", action="append_const", const=("name", ""))
    parser.add_argument("--step", dest="words", action="append", type=lambda text: ("name", text))
    parser.add_argument("--command", dest="words", action="append", type=lambda text: ("command", text))
    parser.add_argument("--file", dest="words", action="append", type=lambda text: ("file", text))
    options = parser.parse_args(arguments)
    locks = {path.name: _sha256(path) for path in options.lock}
    images = {program.name: image(program, locks) for program in programs(options.words)}
    made = {"orchestrator": images.pop(""), "images": images, "locks": locks}
    options.output.write_text(json.dumps(made, indent=2, sort_keys=True) + "\n")


def programs(words: list[tuple[str, str]]) -> list[Program]:
    """Group the arguments by program."""
    found: list[Program] = []
    for kind, text in words:
        match kind:
            case "name":
                found.append(Program(text))
            case "command":
                found[-1].command = text
            case _:
                name, _, path = text.partition("=")
                found[-1].files[name] = pathlib.Path(path)
    return found


def image(program: Program, locks: dict[str, str]) -> dict[str, object]:
    """The entry of release.json."""
    parts = [f"{name} {_sha256(path)}" for name, path in sorted(program.files.items())]
    parts += [f"{name} {digest}" for name, digest in sorted(locks.items())]
    digest = hashlib.sha256("\n".join(parts).encode()).hexdigest()
    return {"ref": "process:", "digest": f"sha256:{digest}", "command": [program.command]}


def _sha256(path: pathlib.Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


if __name__ == "__main__":
    main(sys.argv[1:])
