"""Bytecode for every module of a layer, so that nothing is compiled when an image starts.

It is unchecked-hash bytecode: no times in it, and no look at the source when it is loaded. The interpreter that ships
makes it, in one process that imports nothing else and takes the files in order (`compile.py`), so that the bytes
depend on the sources and the interpreter alone.
"""

from __future__ import annotations

import pathlib
import subprocess
import sys
import tempfile
from collections.abc import Iterable

from tools.images.tar import Entry, File, LayerError

_DRIVER = pathlib.Path(__file__).with_name("compile.py")


def cached(path: str) -> str:
    """Where the bytecode of a source lies."""
    folder, _, name = path.rpartition("/")
    return f"{folder}/__pycache__/{name.removesuffix('.py')}.{sys.implementation.cache_tag}.pyc"


def bytecode(entries: Iterable[Entry]) -> list[File]:
    """A bytecode file for each `.py` file. Raises LayerError where one is no Python."""
    sources = sorted(
        (entry for entry in entries if isinstance(entry, File) and entry.path.endswith(".py")),
        key=lambda entry: entry.path,
    )
    with tempfile.TemporaryDirectory(prefix="bytecode-") as name:
        folder = pathlib.Path(name)
        lines = [
            line
            for number, entry in enumerate(sources)
            for line in (str(_on_disk(entry, folder / f"{number}.py")), f"/{entry.path}", str(folder / f"{number}.pyc"))
        ]
        done = subprocess.run(
            [sys.executable, "-I", "-S", _DRIVER], input="\n".join(lines), capture_output=True, text=True, check=False
        )
        if done.returncode != 0:
            raise LayerError(f"bytecode could not be made:\n{done.stderr}")
        return [
            File(path=cached(entry.path), content=(folder / f"{number}.pyc").read_bytes())
            for number, entry in enumerate(sources)
        ]


def _on_disk(entry: File, scratch: pathlib.Path) -> pathlib.Path:
    if isinstance(entry.content, pathlib.Path):
        return entry.content
    scratch.write_bytes(entry.content)
    return scratch
