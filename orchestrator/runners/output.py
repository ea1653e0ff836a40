"""What the tasks of an attempt on this machine say, read while they run or later; `supervisor.py` writes it.

A Cloud Run on this machine has a folder for each try of each task, of which the last is what counts.

It only reads, and never holds more of a file than the lines it was asked for.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import unquote, urlsplit

from orchestrator.runners import traces

_NAME = re.compile(r"task-(\d+)\.(stderr|stdout)")
_BLOCK = 64 * 1024


@dataclass(frozen=True, slots=True, kw_only=True)
class Stream:
    """One file that a task writes; `name` is stderr or stdout."""

    task: int
    name: str
    path: Path


@dataclass(frozen=True, slots=True)
class Output:
    """An attempt's directory."""

    directory: Path

    @property
    def exists(self) -> bool:
        """Whether it is on this machine."""
        return self.directory.is_dir()

    def streams(self, task: int | None = None) -> tuple[Stream, ...]:
        """The files of all tasks, or of one: in the order of the tasks, their logs before what they print."""
        found = [
            Stream(task=int(match[1]), name=match[2], path=path)
            for folder in self._folders()
            for path in folder.iterdir()
            if (match := _NAME.fullmatch(path.name)) is not None and (task is None or int(match[1]) == task)
        ]
        return tuple(sorted(found, key=lambda stream: (stream.task, stream.name)))

    def is_written(self) -> bool:
        """Whether anything may still be added."""
        return any(traces.locked(folder) for folder in self._folders())

    def _folders(self) -> list[Path]:
        """The last try of each task where each has a folder of its own, else the directory itself."""
        tries = [max(_numbered(task), key=_number, default=task) for task in _numbered(self.directory)]
        return tries or [self.directory]


def of(log: str) -> Output | None:
    """What an attempt says, where `Execution.log` is a folder; None where it is to be read by the platform's means."""
    url = urlsplit(log)
    return Output(Path(unquote(url.path))) if url.scheme in {"", "file"} and url.path.startswith("/") else None


class Reader:
    """The lines of a file, from its last `lines` on (from its start if None), and what is added later."""

    def __init__(self, path: Path, *, lines: int | None) -> None:
        self._path = path
        self._offset = 0 if lines is None else _start_of_last(path, lines)
        self._rest = b""

    def complete(self) -> Iterator[str]:
        """The lines that were ended since the last call."""
        with self._path.open("rb") as stream:
            stream.seek(self._offset)
            for line in stream:
                self._offset += len(line)
                if line.endswith(b"\n"):
                    yield _text(self._rest + line)
                    self._rest = b""
                else:
                    self._rest += line

    def unfinished(self) -> Iterator[str]:
        """The last line, if nothing ends it."""
        if self._rest:
            yield _text(self._rest)
            self._rest = b""


def _numbered(directory: Path) -> list[Path]:
    return [each for each in directory.iterdir() if each.name.isdecimal()]


def _number(folder: Path) -> int:
    return int(folder.name)


def _text(line: bytes) -> str:
    return line.decode(errors="replace").rstrip("\r\n")


def _start_of_last(path: Path, lines: int) -> int:
    """Where the last lines begin."""
    with path.open("rb") as stream:
        end = stream.seek(0, os.SEEK_END)
        left, start = lines, end
        while start > 0:
            size = min(_BLOCK, start)
            start -= size
            stream.seek(start)
            block = stream.read(size)
            # The end of the last line does not begin another one.
            position = size - 1 if start + size == end and block.endswith(b"\n") else size
            while (position := block.rfind(b"\n", 0, position)) >= 0:
                left -= 1
                if left <= 0:
                    return start + position + 1
        return 0 if lines else end
