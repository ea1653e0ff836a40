"""`nightjar` as it is started: what ships, from its image's unpacked tree with bytecode; or the sources as they lie.

The image is that with a shell, for the steps that are measured are shell scripts; else it is what ships.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from orchestrator.runners.bubblewrap import Mounts
from tools.images.run import images

_NO_BYTECODE = "PYTHONDONTWRITEBYTECODE"


@dataclass(frozen=True, slots=True, kw_only=True)
class Program:
    """`python` is the words that start the interpreter, `nightjar` those that follow for the command line."""

    python: tuple[str, ...]
    nightjar: tuple[str, ...] = ("-m", "orchestrator")
    environment: Mapping[str, str]


def shipped(folder: Path) -> Program:
    """From its image in bubblewrap, where this folder can be written to. Raises ImageError."""
    images.prepare()
    image = images.unpack(images.find("orchestrator_debug"))
    python, *rest = image.config.command
    words = images.command(image, [python], mounts=Mounts(writable=[folder]))
    return Program(python=tuple(words), nightjar=tuple(rest), environment=images.environment(image))


def sources(bytecode: Path | None = None) -> Program:
    """From the files of the target that runs; compiled at each start unless a folder keeps the bytecode."""
    inherited = {name: value for name, value in os.environ.items() if name != _NO_BYTECODE}
    kept = {_NO_BYTECODE: "1"} if bytecode is None else {"PYTHONPYCACHEPREFIX": str(bytecode)}
    path = {"PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    return Program(python=(sys.executable,), environment={**inherited, **path, **kept})
