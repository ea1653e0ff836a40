"""Which libraries a program or library of 64 bits asks its loader for, from the file alone."""

from __future__ import annotations

import struct
from collections.abc import Iterator

MAGIC = b"\x7fELF"
_LOAD, _DYNAMIC = 1, 2
_NEEDED, _STRINGS = 1, 5


def needed(data: bytes) -> tuple[str, ...]:
    """The names under DT_NEEDED."""
    segments = list(_segments(data))
    entries = [
        entry
        for kind, offset, _, size in segments
        if kind == _DYNAMIC
        for entry in struct.iter_unpack("<qQ", data[offset : offset + size])
    ]
    strings = [_offset(segments, value) for tag, value in entries if tag == _STRINGS]
    return tuple(_text(data, strings[0] + value) for tag, value in entries if tag == _NEEDED)


def _segments(data: bytes) -> Iterator[tuple[int, int, int, int]]:
    """Kind, place in the file, address, and size in the file of each program header."""
    start = struct.unpack_from("<Q", data, 32)[0]
    entry_size, count = struct.unpack_from("<HH", data, 54)
    for number in range(count):
        kind, _, offset, address, _, size = struct.unpack_from("<IIQQQQ", data, start + number * entry_size)
        yield kind, offset, address, size


def _offset(segments: list[tuple[int, int, int, int]], address: int) -> int:
    return next(
        address - start + offset
        for kind, offset, start, size in segments
        if kind == _LOAD and start <= address < start + size
    )


def _text(data: bytes, start: int) -> str:
    return data[start : data.index(b"\0", start)].decode("ascii")
