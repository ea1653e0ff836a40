"""Pages of a list: how many entries, and where the next page begins. Pure."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable, Sequence

from tools.emulator.errors import Violation, invalid
from tools.emulator.wire import Message

MOST = 1_000
_DEFAULT = 100


def size(request: Message) -> int:
    """How many entries a page has. Raises ApiError for less than none."""
    if request.page_size < 0:
        raise invalid("Request", [Violation("page_size", f"{request.page_size}: must be 0 or more.")])
    return min(request.page_size or _DEFAULT, MOST)


def after(request: Message) -> str:
    """Where the page begins: what the last one ended with; empty for the first. Raises ApiError."""
    try:
        return base64.b64decode(request.page_token.encode(), altchars=b"-_", validate=True).decode()
    except (binascii.Error, UnicodeDecodeError) as err:
        raise invalid("Request", [Violation("page_token", "is none that a list has given.")]) from err


def number_after(request: Message) -> int | None:
    """The same, for lists in the order of numbers."""
    text = after(request)
    if not text:
        return None
    if not text.isdecimal():
        raise invalid("Request", [Violation("page_token", "is none that a list has given.")])
    return int(text)


def cut[T](found: Sequence[T], most: int, place: Callable[[T], object]) -> tuple[Sequence[T], str]:
    """A page of what was found, of one entry more than it may have, and the token of the next."""
    if len(found) <= most:
        return found, ""
    page = found[:most]
    return page, base64.urlsafe_b64encode(str(place(page[-1])).encode()).decode()
