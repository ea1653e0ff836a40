"""Which wheel of a release rules_python takes, so that the lock can name that one and no other.

pip prefers the newest platform, rules_python the oldest: the lock keeps one hash a package, and both take the same
file. The order is that of `python/private/pypi/select_whl.bzl` in rules_python 2.3 for `linux_x86_64`.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

_PYTHON = (3, 13)
_GLIBC = (2, 40)
_ABIS = ("none", "abi3", f"cp{_PYTHON[0]}{_PYTHON[1]}")
_ALIASES = {"manylinux1": "manylinux_2_5", "manylinux2010": "manylinux_2_12", "manylinux2014": "manylinux_2_17"}
_MANYLINUX = re.compile(r"manylinux_(?P<major>\d+)_(?P<minor>\d+)_x86_64")
_TAG = re.compile(r"(?P<implementation>py|cp)(?P<major>\d)(?P<minor>\d*)")

Priority = tuple[int, tuple[int, int], bool, tuple[int, int], int]


@dataclass(frozen=True, slots=True)
class Wheel:
    """A file of a release: its name and its sha256 in hexadecimal."""

    filename: str
    sha256: str


def choose(wheels: list[Wheel]) -> Wheel | None:
    """The wheel that rules_python takes for CPython 3.13 on x86-64 with glibc, or None where none fits."""
    ranked = [(rank, wheel.filename, wheel) for wheel in wheels if (rank := priority(wheel.filename)) is not None]
    return max(ranked, key=lambda item: item[:2])[2] if ranked else None


def priority(filename: str) -> Priority | None:
    """The wheel's rank, higher is better: platform, then Python, then ABI. None where it does not fit."""
    pythons, abis, platforms = filename.removesuffix(".whl").split("-")[-3:]
    ranks = [
        (*platform, *python, abi)
        for platform in map(_platform_rank, platforms.split("."))
        for python in map(_python_rank, pythons.split("."))
        for abi in map(_abi_rank, abis.split("."))
        if platform is not None and python is not None and abi is not None
    ]
    return max(ranks, default=None)


def _platform_rank(tag: str) -> tuple[int, tuple[int, int]] | None:
    """`any`, then `linux`, then manylinux, of which the oldest C library that it needs ranks highest."""
    if tag == "any":
        return 0, (0, 0)
    if tag == "linux_x86_64":
        return 1, (0, 0)
    name, _, _ = tag.partition("_")
    match = _MANYLINUX.fullmatch(tag.replace(name, _ALIASES.get(name, name), 1))
    if match is None:
        return None
    version = int(match["major"]), int(match["minor"])
    return (2, (-version[0], -version[1])) if version <= _GLIBC else None


def _python_rank(tag: str) -> tuple[bool, tuple[int, int]] | None:
    """CPython's own tags before generic ones, then the newest that this version can load."""
    match = _TAG.fullmatch(tag)
    if match is None:
        return None
    version = int(match["major"]), int(match["minor"] or 0)
    return (match["implementation"] == "cp", version) if version[0] == _PYTHON[0] and version <= _PYTHON else None


def _abi_rank(tag: str) -> int | None:
    return _ABIS.index(tag) if tag in _ABIS else None
