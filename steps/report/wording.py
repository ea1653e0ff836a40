"""Numbers, times and quantities as people read them.

Pure, in English, independent of any locale of the machine, because the page must be the same everywhere.
"""

from __future__ import annotations

import datetime as dt
import math
import zoneinfo
from typing import Final

from steps.report.inputs import Event

MINUS: Final = "\N{MINUS SIGN}"
_PREFIXES: Final = ("", "kilo", "mega", "giga", "tera", "peta", "exa", "zetta", "yotta")
_PERSON_LIFTED: Final = 75 * 9.81
"""Joules that lift a person of 75 kilograms by a metre."""
_LITRE_BOILED: Final = 4186.0 * 80
"""Joules that bring a litre of water from 20 to 100 degrees Celsius."""
_STATION: Final = 1e9
"""Watts of a large power station."""
_LARGE: Final = 1000.0


def count(value: int) -> str:
    """12345 is 12,345."""
    return f"{value:,}"


def counted(value: int, one: str, many: str | None = None) -> str:
    """A count with its noun: `1 event`, `2 events`."""
    return f"{count(value)} {one if value == 1 else many or one + 's'}"


def decimal(value: float, digits: int = 1) -> str:
    """A number with a true minus sign; one too large to be a measurement is kept short."""
    short = f"{value:.{digits}f}" if abs(value) < _LARGE else f"{value:.3g}"
    return short.replace("-", MINUS) if float(short) else short.removeprefix("-")


def magnitude(value: float | None) -> str:
    """`M 4.5`, or that there is none."""
    return "no magnitude" if value is None else f"M\N{NO-BREAK SPACE}{decimal(value)}"


def magnitude_of(event: Event) -> str:
    """`4.5 mb`: the value with its scale, since scales differ."""
    if event.magnitude is None:
        return "none"
    return decimal(event.magnitude) + (f"\N{NO-BREAK SPACE}{event.magnitude_type}" if event.magnitude_type else "")


def depth(value: float | None) -> str:
    """`7.6 km`; a negative depth is above sea level."""
    return "unknown" if value is None else f"{decimal(value)}\N{NO-BREAK SPACE}km"


def position(latitude: float, longitude: float) -> str:
    """`37.53° N, 118.68° W`."""
    north, east = ("N" if latitude >= 0 else "S"), ("E" if longitude >= 0 else "W")
    return f"{abs(latitude):.2f}°\N{NO-BREAK SPACE}{north}, {decimal(abs(longitude), 2)}°\N{NO-BREAK SPACE}{east}"


def place(event: Event) -> str:
    """The catalogue's words for the place, or the coordinates."""
    return event.place or position(event.latitude, event.longitude)


def long_date(day: dt.date) -> str:
    """`Thursday, 1 February 2018`."""
    return f"{day:%A}, {day.day} {day:%B} {day.year}"


def short_date(day: dt.date) -> str:
    """`1 Feb`."""
    return f"{day.day} {day:%b}"


def local_time(time: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """`03:44:12 EST`: the abbreviation tells the two hours apart that share a name when clocks go back."""
    return f"{time.astimezone(zone):%H:%M:%S %Z}"


def utc_time(time: dt.datetime) -> str:
    """`2018-02-01 08:44:12`."""
    return f"{time.astimezone(dt.UTC):%Y-%m-%d %H:%M:%S}"


def machine_time(time: dt.datetime) -> str:
    """For the attribute of a time element."""
    return f"{time.astimezone(dt.UTC):%Y-%m-%dT%H:%M:%SZ}"


def offset(time: dt.datetime, zone: zoneinfo.ZoneInfo) -> str:
    """`UTC-5`, `UTC+5:30`."""
    minutes = round((time.astimezone(zone).utcoffset() or dt.timedelta()).total_seconds() / 60)
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{MINUS if minutes < 0 else '+'}{hours}{f':{rest:02}' if rest else ''}"


def significant(value: float) -> str:
    """Two significant digits and no more: 89,412 is 89,000, 8.94 is 8.9."""
    if value <= 0:
        return "0"
    rounded = float(f"{value:.2g}")
    return f"{rounded:,.0f}" if rounded >= 10 else f"{rounded:.1f}"  # noqa: PLR2004


def energy(joules: float) -> str:
    """`89 terajoules`."""
    if joules < 1:
        return "0 joules"
    power = min(len(_PREFIXES) - 1, int(math.log10(joules) / 3 + 1e-9))
    value = float(f"{joules / 1000**power:.2g}")
    return f"{significant(value)} {_PREFIXES[power]}joules"


def comparison(joules: float) -> str | None:
    """The same energy as something of everyday life, as roughly as it is known. None when there is next to none."""
    if joules < _PERSON_LIFTED / 10:
        return None
    if joules < _LITRE_BOILED:
        return f"enough to lift a person of 75 kg by about {significant(joules / _PERSON_LIFTED)} m"
    if joules < 2 * _STATION:
        return f"enough to bring about {significant(joules / _LITRE_BOILED)} litres of water from 20 °C to the boil"
    return f"about what a large power station (1 gigawatt) delivers in {_span(joules / _STATION)}"


def _span(seconds: float) -> str:
    units = (("years", 365.25 * 86400), ("days", 86400.0), ("hours", 3600.0), ("minutes", 60.0))
    for name, length in units:
        if seconds >= 2 * length:
            return f"{significant(seconds / length)} {name}"
    return f"{significant(seconds)} seconds"
