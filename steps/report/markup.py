"""Elements of HTML and SVG as values, safe by construction.

Text becomes markup in one place only, `text`, which escapes it; whatever is not an `Html` is taken for hostile text.
Since an `Html` plus a `str` is a `str` again, a slip of the pen shows as visible text, never as markup. What is written
is well-formed XML as well as HTML, so that a page can be checked by a strict parser.
It must never be given names of elements or attributes that come from data. Pages are composed in `report`.
"""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Iterable, Iterator
from typing import Final

type Attribute = str | int | float | bool | None
"""None and False leave the attribute out, True writes it without a meaning of its own."""

_VOID: Final = frozenset({"br", "col", "hr", "link", "meta", "wbr"})

# Control characters and noncharacters have no place in XML, lone surrogates none in UTF-8, and the marks that switch
# the direction of text could turn the sentence around them.
_FORBIDDEN: Final = re.compile(
    "[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\u061c\u200e\u200f\u2028-\u202e\u2066-\u2069]"
)

_STACKED: Final = 4


class Html(str):
    """Markup that is known to be safe. Only this module and constants of the project make one from a plain text."""

    __slots__ = ()


def tag(name: str, /, *children: str | None, **attributes: Attribute) -> Html:
    """One element. `class_` is class, `data_count` is data-count; children that are plain text are escaped."""
    opening = name + "".join(_attribute(key, value) for key, value in attributes.items())
    if name in _VOID or not children:
        return Html(f"<{opening}/>" if name in _VOID or name in _EMPTY_SVG else f"<{opening}></{name}>")
    return Html(f"<{opening}>{join(children)}</{name}>")


def join(children: Iterable[str | None]) -> Html:
    """Children side by side, with nothing between; plain text is escaped, None is left out."""
    return Html("".join(child if isinstance(child, Html) else text(child) for child in children if child is not None))


def text(value: str) -> Html:
    """Text as it may stand in an element or a quoted attribute."""
    return Html(html.escape(plain(value), quote=True))


def plain(value: str) -> str:
    """The text without what no page may contain; each such character becomes the replacement character.

    Marks that are stacked on a letter end after `_STACKED`: more than any script needs would cover the page.
    """
    allowed = _FORBIDDEN.sub("\N{REPLACEMENT CHARACTER}", value)
    return allowed if allowed.isascii() else "".join(_unstack(allowed))


def _unstack(value: str) -> Iterator[str]:
    stacked = 0
    for character in value:
        stacked = stacked + 1 if unicodedata.category(character) in {"Mn", "Me"} else 0
        if stacked <= _STACKED:
            yield character


_EMPTY_SVG: Final = frozenset({"circle", "line", "path", "polygon", "polyline", "rect", "use"})


def _attribute(key: str, value: Attribute) -> str:
    if value is None or value is False:
        return ""
    written = "" if value is True else number(value) if isinstance(value, float) else text(str(value))
    return f' {key.rstrip("_").replace("_", "-")}="{written}"'


def number(value: float) -> str:
    """A coordinate: at most one decimal, no needless zero. A page is a drawing, not a measurement."""
    short = f"{value:.1f}"
    return "0" if short == "-0.0" else short.removesuffix(".0")
