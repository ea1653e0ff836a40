"""Decompresses zstd by Debian's libzstd, which ships beside the interpreter; Python 3.13's library has no zstd."""

from __future__ import annotations

import ctypes
from collections.abc import Iterable, Iterator

_LIBRARY = "libzstd.so.1"
# A frame's first four bytes, little end first: a frame of data, or one of the sixteen kinds that are passed over.
_FRAME = 0xFD2FB528
_SKIPPED = range(0x184D2A50, 0x184D2A60)
_CAPACITY = 1 << 17


class ZstdError(Exception):
    """The data is not what its first bytes said."""


class _In(ctypes.Structure):
    _fields_ = (("source", ctypes.c_char_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t))


class _Out(ctypes.Structure):
    _fields_ = (("target", ctypes.c_void_p), ("size", ctypes.c_size_t), ("position", ctypes.c_size_t))


def starts(first: bytes) -> bool:
    """Whether a file that begins so is zstd."""
    magic = int.from_bytes(first[:4], "little")
    return magic == _FRAME or magic in _SKIPPED


def decompress(chunks: Iterable[bytes]) -> Iterator[bytes]:
    """The uncompressed bytes of one frame after another.

    Raises:
        ZstdError: the data is damaged or ends too early.
    """
    library = _load()
    stream = library.ZSTD_createDStream()
    target = ctypes.create_string_buffer(_CAPACITY)
    missing = 0
    try:
        for chunk in chunks:
            source = _In(chunk, len(chunk), 0)
            full = False
            while source.position < source.size or full:
                out = _Out(ctypes.addressof(target), _CAPACITY, 0)
                missing = library.ZSTD_decompressStream(stream, ctypes.byref(out), ctypes.byref(source))
                if library.ZSTD_isError(missing):
                    raise ZstdError(library.ZSTD_getErrorName(missing).decode())
                full = out.position == out.size
                yield target.raw[: out.position]
    finally:
        library.ZSTD_freeDStream(stream)
    if missing:
        raise ZstdError("the data ends inside a frame")


def _load() -> ctypes.CDLL:
    library = ctypes.CDLL(_LIBRARY)
    library.ZSTD_createDStream.restype = ctypes.c_void_p
    library.ZSTD_freeDStream.argtypes = [ctypes.c_void_p]
    library.ZSTD_decompressStream.argtypes = [ctypes.c_void_p, ctypes.c_void_p, ctypes.c_void_p]
    library.ZSTD_decompressStream.restype = ctypes.c_size_t
    library.ZSTD_isError.argtypes = [ctypes.c_size_t]
    library.ZSTD_getErrorName.argtypes = [ctypes.c_size_t]
    library.ZSTD_getErrorName.restype = ctypes.c_char_p
    return library
