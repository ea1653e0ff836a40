"""The one JSON that is published: canonical, so that equal data has equal bytes and equal digests.

Keys are sorted, separators compact, non-ASCII characters escaped (also lone surrogates, which UTF-8 could not hold),
NaN and infinities refused in both directions. Who writes a file for others to read uses this and nothing else.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable
from typing import Any, NoReturn


def encode(value: object) -> bytes:
    """One value as canonical JSON with a final newline. Raises ValueError for NaN and infinities."""
    text = json.dumps(value, sort_keys=True, separators=(",", ":"), allow_nan=False)
    return f"{text}\n".encode("ascii")


def encode_lines(values: Iterable[object]) -> bytes:
    """JSON lines: each value canonical, on a line of its own."""
    return b"".join(map(encode, values))


def decode(data: bytes | str) -> Any:
    """The value of a JSON text. Raises ValueError whatever is wrong with it, nesting without end included."""
    try:
        return json.loads(data, parse_constant=_refuse, parse_float=_finite)
    except RecursionError as error:
        raise ValueError("is nested too deeply") from error


def decode_lines(data: bytes) -> list[Any]:
    """The values of JSON lines. Raises ValueError that names the line."""
    values = []
    for number, line in enumerate(data.splitlines(), start=1):
        try:
            values.append(decode(line))
        except ValueError as error:
            raise ValueError(f"line {number}: {error}") from error
    return values


def _finite(text: str) -> float:
    value = float(text)
    if not math.isfinite(value):
        raise ValueError(f"{text} is too large for a number")
    return value


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not a JSON number")
