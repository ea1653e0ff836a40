"""Writes a layer: a tar that is the same to the byte wherever and whenever it is made.

Entries are sorted, folders that nobody named are added, owner and mode are what the caller says, every time is 0, there
are no user names. The form is ustar; where a name is long or not ASCII, or a size is past 8 GB, a pax header goes
before, which every runtime reads. It streams: no more than one chunk of a file is in memory. The compressor is the zlib
of the interpreter that runs this, which is the one that ships, so it is pinned by the Debian lock.
"""

from __future__ import annotations

import gzip
import io
import pathlib
import tarfile
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import BinaryIO

LEVEL = 6
"""Level 9 saves under one percent and takes three times as long."""

_CHUNK = 1 << 20


class LayerError(Exception):
    """What was asked for cannot be a layer; the message names the path."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """What all entries have. `path` is relative to the root of the image, without a slash at either end."""

    path: str
    mode: int = 0o755
    uid: int = 0
    gid: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Folder(Entry):
    """A folder; one that is only needed as a parent need not be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class File(Entry):
    """A file, from memory or from disk."""

    content: bytes | pathlib.Path
    mode: int = 0o644

    @property
    def size(self) -> int:
        """Its length in bytes."""
        return len(self.content) if isinstance(self.content, bytes) else self.content.stat().st_size

    def open(self) -> BinaryIO:
        """Its content from the start."""
        return io.BytesIO(self.content) if isinstance(self.content, bytes) else self.content.open("rb")


@dataclass(frozen=True, slots=True, kw_only=True)
class Link(Entry):
    """A symbolic link; `target` is written as it is."""

    target: str
    mode: int = 0o777


def write_layer(entries: Iterable[Entry], path: pathlib.Path) -> None:
    """Write the tar, compressed."""
    with path.open("wb") as raw, gzip.GzipFile("", "wb", LEVEL, raw, mtime=0) as out:
        write_tar(entries, out)


def write_tar(entries: Iterable[Entry], out: BinaryIO | gzip.GzipFile) -> None:
    """Write the tar. Raises LayerError where two entries want one path, or a file is where a folder has to be."""
    for entry in ordered(entries):
        out.write(header(entry, size=entry.size if isinstance(entry, File) else 0))
        if isinstance(entry, File):
            _copy(entry, out)
    out.write(bytes(2 * tarfile.BLOCKSIZE))


def ordered(entries: Iterable[Entry]) -> list[Entry]:
    """All entries, missing folders too, each folder before what is in it, else by the bytes of the path."""
    found: dict[str, Entry] = {}
    for entry in entries:
        if entry.path in found:
            raise LayerError(f"{entry.path}: two entries want this path")
        if not entry.path or any(part in ("", ".", "..") for part in entry.path.split("/")):
            raise LayerError(f"{entry.path!r} is no plain path below the root")
        found[entry.path] = entry
    for path in [parent for entry in found for parent in _parents(entry)]:
        if not isinstance(found.setdefault(path, Folder(path=path)), Folder):
            raise LayerError(f"{path}: something lies below it, so it has to be a folder")
    return sorted(found.values(), key=lambda entry: _encoded(entry.path))


def header(entry: Entry, *, size: int) -> bytes:
    """The blocks before the content."""
    info = tarfile.TarInfo(entry.path)
    info.mode, info.uid, info.gid, info.size = entry.mode, entry.uid, entry.gid, size
    match entry:
        case Folder():
            info.type = tarfile.DIRTYPE
        case Link(target=target):
            info.type, info.linkname = tarfile.SYMTYPE, target
    return info.tobuf(tarfile.PAX_FORMAT, "utf-8", "surrogateescape")


def _parents(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _encoded(path: str) -> bytes:
    return path.encode("utf-8", "surrogateescape")


def _copy(entry: File, out: BinaryIO | gzip.GzipFile) -> None:
    left = entry.size
    with entry.open() as content:
        while left and (chunk := content.read(min(left, _CHUNK))):
            out.write(chunk)
            left -= len(chunk)
    if left:
        raise LayerError(f"{entry.path}: it became shorter while it was read")
    out.write(bytes(-entry.size % tarfile.BLOCKSIZE))
