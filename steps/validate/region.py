"""The region of an event, from the sentence that services call its place. Pure.

A place reads "12km NNE of Amboy, Washington", "95 km S of Somewhere, Chile" or just "Banda Sea". The region is what
stands after the last comma, or the whole without a distance and direction. USGS writes some states of the United States
by their postal codes and some by name; both become the name, so that one state is one region. Nothing else is changed.
"""

from __future__ import annotations

import re
from typing import Final

UNKNOWN: Final = "unknown"

_DISTANCE: Final = re.compile(r"\d+(?:\.\d+)?\s*km\s+[NESW]{1,3}\s+of\s+(?:the\s+)?", re.IGNORECASE)
_NAMES: Final = {
    "AK": "Alaska", "AL": "Alabama", "AR": "Arkansas", "AZ": "Arizona", "CA": "California", "CO": "Colorado",
    "CT": "Connecticut", "DC": "District of Columbia", "DE": "Delaware", "FL": "Florida", "GA": "Georgia",
    "GU": "Guam", "HI": "Hawaii", "IA": "Iowa", "ID": "Idaho", "IL": "Illinois", "IN": "Indiana", "KS": "Kansas",
    "KY": "Kentucky", "LA": "Louisiana", "MA": "Massachusetts", "MD": "Maryland", "ME": "Maine", "MI": "Michigan",
    "MN": "Minnesota", "MO": "Missouri", "MS": "Mississippi", "MT": "Montana", "MX": "Mexico",
    "NC": "North Carolina", "ND": "North Dakota", "NE": "Nebraska", "NH": "New Hampshire", "NJ": "New Jersey",
    "NM": "New Mexico", "NV": "Nevada", "NY": "New York", "OH": "Ohio", "OK": "Oklahoma", "OR": "Oregon",
    "PA": "Pennsylvania", "PR": "Puerto Rico", "RI": "Rhode Island", "SC": "South Carolina", "SD": "South Dakota",
    "TN": "Tennessee", "TX": "Texas", "UT": "Utah", "VA": "Virginia", "VI": "U.S. Virgin Islands", "VT": "Vermont",
    "WA": "Washington", "WI": "Wisconsin", "WV": "West Virginia", "WY": "Wyoming",
}  # fmt: skip
"""Postal codes, and the MX that USGS writes for Mexico."""


def region(place: str | None) -> str:
    """The region that a place names; `UNKNOWN` when it names none."""
    last = (place or "").rpartition(",")[2].strip()
    name = last if place and "," in place else _DISTANCE.sub("", last, count=1)
    return _NAMES.get(name, name) or UNKNOWN
