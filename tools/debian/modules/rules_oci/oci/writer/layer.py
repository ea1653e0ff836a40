"""Describes a layer: what its file is called as a blob and what its uncompressed bytes are. Changes nothing.

How a file is compressed is taken from its first bytes, never from its name. It is read in pieces, so that its size
does not matter.
"""

from __future__ import annotations

import hashlib
import pathlib
import zlib
from collections.abc import Iterable, Iterator

from oci.writer import zstd
from oci.writer.documents import Layer

_PIECE = 1 << 20
_GZIP = b"\x1f\x8b"
_GZIP_WINDOW = 16 + zlib.MAX_WBITS


class LayerError(Exception):
    """A layer's file is damaged."""


def describe(path: pathlib.Path) -> Layer:
    """The descriptor of the tar at `path`.

    Raises:
        LayerError: its compressed data is damaged.
    """
    blob = hashlib.sha256()
    content = hashlib.sha256()
    size = 0

    def pieces() -> Iterator[bytes]:
        nonlocal size
        with path.open("rb") as file:
            while piece := file.read(_PIECE):
                blob.update(piece)
                size += len(piece)
                yield piece

    compression = _compression(path)
    try:
        for piece in _uncompressed(pieces(), compression):
            content.update(piece)
    except (zlib.error, zstd.ZstdError) as error:
        raise LayerError(f"{path} begins as {compression} but cannot be decompressed: {error}") from error
    return Layer(
        digest=f"sha256:{blob.hexdigest()}",
        diff_id=f"sha256:{content.hexdigest()}",
        size=size,
        compression=compression,
    )


def _compression(path: pathlib.Path) -> str:
    with path.open("rb") as file:
        first = file.read(4)
    if first.startswith(_GZIP):
        return "gzip"
    return "zstd" if zstd.starts(first) else ""


def _uncompressed(pieces: Iterable[bytes], compression: str) -> Iterable[bytes]:
    match compression:
        case "gzip":
            return _gunzip(pieces)
        case "zstd":
            return zstd.decompress(pieces)
        case _:
            return pieces


def _gunzip(pieces: Iterable[bytes]) -> Iterator[bytes]:
    """All members, one after another."""
    member = zlib.decompressobj(_GZIP_WINDOW)
    for piece in pieces:
        rest = piece
        while rest:
            if member.eof:
                member = zlib.decompressobj(_GZIP_WINDOW)
            yield member.decompress(rest)
            rest = member.unused_data
    if not member.eof:
        raise zlib.error("the data ends inside a member")
