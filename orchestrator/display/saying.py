"""What a step says, for people: the JSON lines of the step kit become readable, any other line stays as it is. Pure.

A step can say anything, so nothing of it reaches the terminal that could move the cursor.
"""

from __future__ import annotations

import json
from datetime import datetime
from typing import Any

from orchestrator.core.story import Severity
from orchestrator.display import paint

_PLATFORM = "logging.googleapis.com/"
_OWN = frozenset({"severity", "time", "message"})
_LOUD = {
    "WARNING": Severity.WARNING,
    "ERROR": Severity.ERROR,
    "CRITICAL": Severity.ERROR,
    "ALERT": Severity.ERROR,
    "EMERGENCY": Severity.ERROR,
}


def readable(line: str, *, colour: bool) -> list[str]:
    """A line as time, severity, message and fields; a field of several lines stands below."""
    entry = _entry(line)
    if entry is None:
        return [_clean(line)]
    fields = {name: value for name, value in entry.items() if name not in _OWN and not name.startswith(_PLATFORM)}
    below = {name: value for name, value in fields.items() if isinstance(value, str) and "\n" in value}
    beside = "".join(f"  {name}={_value(value)}" for name, value in fields.items() if name not in below)
    severity = str(entry.get("severity", ""))
    first, *more = str(entry["message"]).split("\n")
    text = _clean(f"{_time(entry.get('time'))}  {severity:<7}  {first}{beside}".lstrip())
    lines = [paint.of_severity(text, _LOUD.get(severity, Severity.INFO), colour=colour)]
    lines += [f"    {_clean(each)}" for each in more]
    for name, value in below.items():
        lines += [f"    {_clean(name)}:", *(f"      {_clean(each)}" for each in value.rstrip("\n").split("\n"))]
    return lines


def _entry(line: str) -> dict[str, Any] | None:
    try:
        entry = json.loads(line)
    except (ValueError, RecursionError):
        return None
    return entry if isinstance(entry, dict) and "message" in entry else None


def _time(value: object) -> str:
    try:
        return datetime.fromisoformat(str(value)).astimezone().strftime("%H:%M:%S.%f")[:-3]
    except (ValueError, OverflowError):
        return "" if value is None else str(value)


def _value(value: object) -> str:
    if isinstance(value, str) and value and value.isprintable() and " " not in value:
        return value
    return json.dumps(value, ensure_ascii=False)


def _clean(text: str) -> str:
    return paint.cut(text.replace("\t", "    "), paint.UNLIMITED * 100)
