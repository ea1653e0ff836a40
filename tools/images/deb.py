"""Reads a Debian package: what it is, and its files. No maintainer script is looked at, let alone run.

A package is an `ar` archive of `control.tar` and `data.tar`, which Debian 13 compresses by xz. Folders are left out:
a layer has those that its files need. Device files and hard links do not occur in what images are made of.
"""

from __future__ import annotations

import email.parser
import hashlib
import io
import pathlib
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass

from tools.images.tar import Entry, File, Link

_MAGIC = b"!<arch>\n"
_HEADER = 60


class DebError(Exception):
    """The file is no package that can be read here; the message says what is wrong."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """A package. `control` is its control file as it is, `sha256` that of the .deb."""

    name: str
    version: str
    architecture: str
    control: bytes
    sha256: str
    entries: tuple[Entry, ...]


def read(path: pathlib.Path) -> Package:
    """Read one .deb."""
    data = path.read_bytes()
    members = dict(_members(data, path))
    control = b""
    with _tar(members, "control.tar", path) as archive:
        for info in archive:
            if info.name.removeprefix("./") == "control":
                control = _content(archive, info)
    fields = email.parser.BytesHeaderParser().parsebytes(control)
    with _tar(members, "data.tar", path) as archive:
        entries = tuple(_entries(archive, path))
    return Package(
        name=fields["Package"],
        version=fields["Version"],
        architecture=fields["Architecture"],
        control=control,
        sha256=hashlib.sha256(data).hexdigest(),
        entries=entries,
    )


def _members(data: bytes, path: pathlib.Path) -> Iterator[tuple[str, bytes]]:
    if not data.startswith(_MAGIC):
        raise DebError(f"{path.name} is no Debian package")
    offset = len(_MAGIC)
    while offset < len(data):
        head = data[offset : offset + _HEADER]
        size = int(head[48:58])
        yield head[:16].decode("ascii").rstrip(" /"), data[offset + _HEADER : offset + _HEADER + size]
        offset += _HEADER + size + size % 2


def _tar(members: dict[str, bytes], name: str, path: pathlib.Path) -> tarfile.TarFile:
    for member, data in members.items():
        if member.startswith(name):
            try:
                return tarfile.open(fileobj=io.BytesIO(data), mode="r:*")
            except tarfile.ReadError as error:
                raise DebError(f"{path.name}: {member} is not compressed by xz or gzip") from error
    raise DebError(f"{path.name} has no {name}")


def _entries(archive: tarfile.TarFile, path: pathlib.Path) -> Iterator[Entry]:
    for info in archive:
        name = info.name.removeprefix("./").rstrip("/")
        if info.isdir():
            continue
        if info.issym():
            yield Link(path=name, target=info.linkname)
        elif info.isfile():
            mode = 0o755 if info.mode & 0o111 else 0o644
            yield File(path=name, mode=mode, content=_content(archive, info))
        else:
            raise DebError(f"{path.name}: {name} is neither a file nor a symbolic link; add a drop rule or support")


def _content(archive: tarfile.TarFile, info: tarfile.TarInfo) -> bytes:
    content = archive.extractfile(info)
    return b"" if content is None else content.read()
