"""The Gutenberg-Richter law of a day: log10 N(at least M) = a - b M, with the error of b. Pure.

- b: maximum likelihood (Aki 1965, Bull. Earthq. Res. Inst. 43, 237-239) with the correction for magnitudes that are
  rounded to bins (Utsu 1966, J. Fac. Sci. Hokkaido Univ. Ser. VII 2, 371-382).
- error of b: Shi and Bolt 1982, Bull. Seism. Soc. Am. 72(5), 1677-1687.
- completeness: maximum curvature, the fullest bin (Wiemer and Wyss 2000, Bull. Seism. Soc. Am. 90(4), 859-869). It
  tends to be low for catalogues of many networks; of equally full bins the larger magnitude is taken.

A handful of events says nothing about b, so below `FEWEST` there is no law. A day of a worldwide catalogue mixes dense
regional networks with sparse coverage elsewhere; its b comes out lower than that of one network's region, where it is
about 1. It is a measure of the catalogue's day, to be compared with other days, not of the Earth.
"""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

BINS_PER_UNIT: Final = 10
"""Magnitudes are rounded to tenths, as most networks report them."""
FEWEST: Final = 50


@dataclass(frozen=True, slots=True, kw_only=True)
class Law:
    """The fitted law; `events` is how many earthquakes from `completeness` on it rests on."""

    a: float
    b: float
    b_error: float
    completeness: float
    events: int


class NoLawError(ValueError):
    """Why no law can be fitted, as a sentence for a reader of the statistics."""


def fit(magnitudes: Sequence[float]) -> Law:
    """Fit the law to the magnitudes of a catalogue. Raises NoLawError."""
    bins = Counter(math.floor(magnitude * BINS_PER_UNIT + 0.5) for magnitude in magnitudes)
    if not bins:
        raise NoLawError("There is no earthquake with a magnitude.")
    completeness = max(bins, key=lambda tenth: (bins[tenth], tenth))
    complete = {tenth: count for tenth, count in bins.items() if tenth >= completeness}
    events = sum(complete.values())
    if events < FEWEST:
        raise NoLawError(
            f"Only {events} earthquakes reach the completeness magnitude {completeness / BINS_PER_UNIT:.1f}, "
            f"at least {FEWEST} are needed."
        )
    # In tenths every sum is exact, so the result does not depend on the order of the events.
    mean = sum(tenth * count for tenth, count in complete.items()) / events
    squares = sum(count * (tenth - mean) ** 2 for tenth, count in sorted(complete.items()))
    b = BINS_PER_UNIT * math.log10(math.e) / (mean - (completeness - 0.5))
    deviation = math.sqrt(squares / (events * (events - 1))) / BINS_PER_UNIT
    return Law(
        a=math.log10(events) + b * completeness / BINS_PER_UNIT,
        b=b,
        b_error=math.log(10) * b**2 * deviation,
        completeness=completeness / BINS_PER_UNIT,
        events=events,
    )
