"""Names of time zones. What is known is the time zone database of the interpreter, the one that ships with it."""

from __future__ import annotations

import difflib
import re
import zoneinfo
from typing import Final

from orchestrator.core.problems import quote
from orchestrator.core.units import UnitError

_NO_ZONES: Final = re.compile("posix/.*|right/.*|Factory|localtime|posixrules")


def time_zone(text: str) -> str:
    """The name itself. Raises UnitError with the nearest name when there is no such zone."""
    if _is_known(text):
        return text
    zones = zoneinfo.available_timezones()  # It walks the whole database, so only an error pays for it.
    if not zones:
        raise UnitError("This machine has no time zone database.", "Install the package tzdata.")
    raise UnitError(f"{quote(text)} is no time zone.", _meant(text, zones))


def _is_known(text: str) -> bool:
    if _NO_ZONES.fullmatch(text):
        return False
    try:
        zoneinfo.ZoneInfo(text)
    except (zoneinfo.ZoneInfoNotFoundError, ValueError, OSError):
        return False
    return True


def _meant(text: str, zones: set[str]) -> str:
    """The nearest of all names, or the name whose city was written alone (`New York`)."""
    word = text[:60].casefold().replace(" ", "_")
    by_name = {zone.casefold(): zone for zone in sorted(zones)}
    by_city = {zone.rpartition("/")[2].casefold(): zone for zone in sorted(zones, reverse=True) if "/" in zone}
    known = by_city | by_name
    near = difflib.get_close_matches(word, sorted(known), n=1, cutoff=0.75)
    if near:
        return f"Did you mean {quote(known[near[0]])}?"
    return "Write a name of the IANA time zone database, for example America/New_York."
