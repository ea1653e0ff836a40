"""What a stream can show: how wide it is, whether it knows colours, and whether it has more characters than ASCII.

Everything is laid out in characters that each have a stand-in of one ASCII character, so nothing else has to know.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TextIO

from orchestrator.display import paint

_POOR = frozenset({"dumb", "linux", "vt100", "vt220", "ansi"})
"""Terminals whose fonts lack blocks and lines."""
_ASCII = str.maketrans("█▒░·✗▶…─┬┊→", "#=-.x>~-+/>")


@dataclass(frozen=True, slots=True, kw_only=True)
class Screen:
    """Where lines are shown."""

    width: int = paint.UNLIMITED
    colour: bool = False
    unicode: bool = True

    @property
    def drawing_width(self) -> int:
        """How wide to draw what would take any width."""
        return self.width if self.width < paint.UNLIMITED else 100

    def text(self, lines: Iterable[str]) -> str:
        """The lines as they are written."""
        text = "".join(f"{line}\n" for line in lines)
        return text if self.unicode else text.translate(_ASCII).encode("ascii", "replace").decode()


def of(stream: TextIO, environment: Mapping[str, str]) -> Screen:
    """The screen that a stream is; what is no terminal has all the width there is."""
    return Screen(
        width=paint.size(stream)[0] if stream.isatty() else paint.UNLIMITED,
        colour=paint.wants_colour(stream, environment),
        unicode=_unicode(stream, environment),
    )


def _unicode(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """A locale that is named decides; where none is, the stream does."""
    named = next((value for name in ("LC_ALL", "LC_CTYPE", "LANG") if (value := environment.get(name))), "")
    if named and "utf" not in named.lower():
        return False
    if stream.isatty() and environment.get("TERM") in _POOR:
        return False
    return (stream.encoding or "").lower().startswith("utf")
