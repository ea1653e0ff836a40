"""The program behind oci_load: `bazel run` of it puts the image into this machine's Docker, podman or nerdctl.

The tar is made while the loader reads it and lies on no disk. What is in it, `archive.py` says.
"""

from __future__ import annotations

import contextlib
import pathlib
import shutil
import subprocess
import sys
from collections.abc import Sequence
from typing import IO, cast

from oci.writer import archive, layout

_LOADERS = ("docker", "podman", "nerdctl")


def main(arguments: list[str]) -> int:
    """Load LAYOUT under the names in the lines of NAMES; the loader's exit code, or 1 with a sentence."""
    folder, names, *rest = arguments
    if rest:
        print(f"oci_load takes no arguments, it was given: {' '.join(rest)}", file=sys.stderr)
        return 1
    loader = next(filter(None, map(shutil.which, _LOADERS)), None)
    if loader is None:
        print(f"oci_load: no {', '.join(_LOADERS)} on PATH; install one, or put one there", file=sys.stderr)
        return 1
    try:
        return _load(loader, pathlib.Path(folder), pathlib.Path(names).read_text(encoding="utf-8").split())
    except layout.LayoutError as error:
        print(f"oci_load: {error}", file=sys.stderr)
        return 1


def _load(loader: str, folder: pathlib.Path, names: Sequence[str]) -> int:
    # A loader that gives up before it has read all says why, and by what code it ends.
    with (
        subprocess.Popen([loader, "load"], stdin=subprocess.PIPE) as process,
        contextlib.suppress(BrokenPipeError),
        cast("IO[bytes]", process.stdin) as pipe,
    ):
        archive.stream(folder, names, pipe)
    return process.returncode


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
