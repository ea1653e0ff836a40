"""How unusual a number is among others of its kind. Pure.

- `robust_score`: the modified z-score of median and median absolute deviation, which a few odd days among the trailing
  ones do not spoil (Iglewicz and Hoaglin 1993, How to Detect and Handle Outliers); from 3.5 on they call a value an
  outlier. `floor` is the least spread that is believed, because the deviation of a few days can be zero by chance.
- `tail`: the probability of so many events or more on a day, when `before` events came in `days` days at an unknown
  constant rate: gamma-Poisson with Jeffreys' prior, that is, a negative binomial (Gelman et al. 2013, Bayesian Data
  Analysis, 2.6).
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from typing import Final

CONSISTENT: Final = 1.4826
"""Times the median absolute deviation is the standard deviation, where values are normally distributed."""


def robust_score(value: float, others: Sequence[float], *, floor: float) -> float:
    """How many robust standard deviations a value lies above (below: negative) the median of others."""
    middle = statistics.median(others)
    deviation = statistics.median(abs(other - middle) for other in others)
    return (value - middle) / max(CONSISTENT * deviation, floor)


def tail(today: int, before: int, *, days: int) -> float:
    """The probability of `today` events or more."""
    if today * days <= before:
        # Below the mean the sum of the rest is the small one.
        return 1.0 - math.fsum(_chance(number, before, days) for number in range(today))
    shape, ratio = before + 0.5, 1 / (days + 1)
    term, total, number = _chance(today, before, days), 0.0, today
    while term > total * 1e-16:
        total += term
        term *= ratio * (number + shape) / (number + 1)
        number += 1
    return total


def _chance(events: int, before: int, days: int) -> float:
    """The probability of so many events exactly."""
    shape, ratio = before + 0.5, 1 / (days + 1)
    return math.exp(
        math.lgamma(events + shape) - math.lgamma(shape) - math.lgamma(events + 1)
        + shape * math.log(days * ratio) + events * math.log(ratio)
    )  # fmt: skip
