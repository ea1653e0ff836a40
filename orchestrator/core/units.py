"""Words with a unit: durations and memory, from text and back to it.

A number without a unit is refused: `timeout: 600` means seconds to one reader and minutes to the next.
"""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Final

DURATION: Final = r"(?=\d)(?:\d+d)?(?:\d+h)?(?:\d+m)?(?:\d+s)?"
MEMORY: Final = r"[1-9]\d*(?:Mi|Gi)"

_SECONDS: Final = {"d": 86_400, "h": 3_600, "m": 60, "s": 1}
_PART: Final = re.compile(r"(\d+)\s*([a-z]*)", re.IGNORECASE)
_MOST_DIGITS: Final = 9
_EXAMPLES: Final = "for example 90s, 10m, 36h or 1h30m"
_GIB: Final = 1024


class UnitError(ValueError):
    """A text that cannot be read; `remedy` says what to write."""

    def __init__(self, message: str, remedy: str) -> None:
        self.message = message
        self.remedy = remedy
        super().__init__(f"{message} {remedy}")


def duration(text: str) -> timedelta:
    """Read `90s`, `10m`, `36h`, `1h30m`, `2d`: whole numbers, the greatest unit first."""
    if re.fullmatch(DURATION, text, re.ASCII) is None or len(text) > 4 * _MOST_DIGITS:
        raise UnitError(f"{text[:60]!r} is no duration.", f"Write {_meant_duration(text)}.")
    parts = _PART.findall(text)
    if any(len(number) > _MOST_DIGITS for number, _ in parts):
        raise UnitError(f"{text!r} is too long.", "Write for example 36h.")
    return timedelta(seconds=sum(int(number) * _SECONDS[unit] for number, unit in parts))


def memory_mib(text: str) -> int:
    """Read `512Mi` or `2Gi` to MiB."""
    if re.fullmatch(MEMORY, text, re.ASCII) is None or len(text) > _MOST_DIGITS:
        raise UnitError(f"{text[:60]!r} is no amount of memory.", f"Write {_meant_memory(text)}.")
    return int(text[:-2]) * (_GIB if text.endswith("Gi") else 1)


def show_duration(value: timedelta) -> str:
    """The text that `duration` reads: days, hours, minutes and seconds as far as there are any."""
    rest = round(value.total_seconds())
    parts = []
    for unit, seconds in _SECONDS.items():
        number, rest = divmod(rest, seconds)
        if number:
            parts.append(f"{number}{unit}")
    return "".join(parts) or "0s"


def show_memory(mib: int) -> str:
    """The text that `memory_mib` reads."""
    return f"{mib // _GIB}Gi" if mib % _GIB == 0 else f"{mib}Mi"


def _meant_duration(text: str) -> str:
    """`600` -> 600s, `10 min` -> 10m, `1:30` -> 1h30m or 1m30s; otherwise the usual examples."""
    clock = re.fullmatch(r"(\d{1,3}):(\d{2})", text, re.ASCII)
    if clock is not None:
        return f"{clock[1]}h{clock[2]}m or {clock[1]}m{clock[2]}s"
    if re.fullmatch(r"\d{1,9}", text, re.ASCII):
        return f"{text}s or {text}m"
    if re.fullmatch(r"(\d+\s*[a-z]+\s*)+", text[: 4 * _MOST_DIGITS], re.ASCII | re.IGNORECASE) is None:
        return _EXAMPLES
    parts = _PART.findall(text[: 4 * _MOST_DIGITS])
    meant = "".join(f"{number}{unit[:1].lower()}" for number, unit in parts)
    spelled = all(re.fullmatch(r"(?i)d(ays?)?|h((ou)?rs?)?|m(in(ute)?s?)?|s(ec(ond)?s?)?", unit) for _, unit in parts)
    if spelled and re.fullmatch(DURATION, meant, re.ASCII) and len(meant) <= 2 * _MOST_DIGITS:
        return meant
    return _EXAMPLES


def _meant_memory(text: str) -> str:
    """`512` -> 512Mi, `2GB` -> 2Gi, `512 mb` -> 512Mi; otherwise the usual examples."""
    match = re.fullmatch(r"([1-9]\d{0,6})\s*([mg]?)i?b?", text, re.ASCII | re.IGNORECASE)
    if match is None:
        return "for example 512Mi or 2Gi"
    return f"{match[1]}{match[2].upper() or 'M'}i"
