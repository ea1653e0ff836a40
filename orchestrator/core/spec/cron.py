"""The five fields of a cron expression, checked as Cloud Scheduler reads them. When it fires is not decided here."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final

from orchestrator.core.units import UnitError

_EXAMPLE: Final = 'Write five fields, for example "1 0 * * *" for each day at 00:01.'
_DAYS: Final = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Field:
    name: str
    least: int
    most: int
    words: tuple[str, ...] = ()


_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")
_WEEK: Final = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_FIELDS: Final = (
    _Field(name="minute", least=0, most=59),
    _Field(name="hour", least=0, most=23),
    _Field(name="day of the month", least=1, most=31),
    _Field(name="month", least=1, most=12, words=_MONTHS),
    _Field(name="day of the week", least=0, most=7, words=_WEEK),
)


def cron(text: str) -> str:
    """The expression with single spaces. Raises UnitError that names the field, or says that it never fires."""
    parts = text.split()
    if len(parts) != len(_FIELDS) or len(text) > 200:  # noqa: PLR2004
        raise UnitError(f"{text[:60]!r} is no cron expression.", _EXAMPLE)
    _, _, days, months, weekdays = (_values(part, field) for part, field in zip(parts, _FIELDS, strict=True))
    if parts[4] == "*" and weekdays and not any(day <= _DAYS[month - 1] for month in months for day in days):
        raise UnitError(f"{text!r} never fires: no such month has that day.", _EXAMPLE)
    return " ".join(parts)


def _values(text: str, field: _Field) -> set[int]:
    return set[int]().union(*(_range(item, field) for item in text.split(",")))


def _range(text: str, field: _Field) -> range:
    """`*`, `7`, `1-5`, and each with a step: `*/15`, `8-18/2`."""
    match = re.fullmatch(r"(\*|(\w+)(?:-(\w+))?)(?:/(\d{1,3}))?", text, re.ASCII)
    if match is None:
        raise _wrong(text, field)
    step = int(match[4] or 1)
    if match[1] == "*":
        first, last = field.least, field.most
    else:
        first = _number(match[2], field)
        last = _number(match[3], field) if match[3] else field.most if match[4] else first
    if step < 1 or first > last:
        raise _wrong(text, field)
    return range(first, last + 1, step)


def _number(text: str, field: _Field) -> int:
    if text.upper() in field.words:
        return field.words.index(text.upper()) + field.least
    if re.fullmatch(r"\d{1,2}", text, re.ASCII) is None or not field.least <= int(text) <= field.most:
        raise _wrong(text, field)
    return int(text)


def _wrong(text: str, field: _Field) -> UnitError:
    words = f" or {field.words[0]} to {field.words[-1]}" if field.words else ""
    remedy = f"It goes from {field.least} to {field.most}{words}, with '*', ',', '-' and '/'."
    return UnitError(f"{text[:60]!r} is no {field.name}.", remedy)
