"""The last lines of a task's output, made readable for a failure's message."""

from __future__ import annotations

import json
import os
from pathlib import Path

LINES = 12
_BYTES = 64 * 1024
_WIDTH = 500


def last_lines(*files: Path) -> tuple[str, ...]:
    """The last lines of the first of these files that says anything."""
    for file in files:
        if lines := [line for line in _tail(file).splitlines() if line.strip()]:
            return tuple(_readable(line)[:_WIDTH] for line in lines[-LINES:])
    return ()


def _tail(file: Path) -> str:
    try:
        with file.open("rb") as stream:
            size = stream.seek(0, os.SEEK_END)
            stream.seek(max(size - _BYTES, 0))
            return stream.read().decode(errors="replace")
    except FileNotFoundError:
        return ""


def _readable(line: str) -> str:
    """A structured log line as `SEVERITY message`; any other line as it is."""
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    if not isinstance(entry, dict) or "message" not in entry:
        return line
    return f"{entry.get('severity', '')} {entry['message']}".strip()
