"""What is unusual about a day, as findings that a page can show. Pure.

The size of the day and its largest event are always told, as information when they are ordinary; regions only when they
are busy beyond chance. With fewer than `FEWEST_DAYS` to compare with, nothing is called unusual.
"""

from __future__ import annotations

import enum
import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from steps.detect.history import History, PastDay, RegionCount
from steps.detect.scores import robust_score, tail

FEWEST_DAYS: Final = 3
NOTICE_SCORE: Final = 3.5
ALERT_SCORE: Final = 7.0
NOTICE_CHANCE: Final = 1e-3
ALERT_CHANCE: Final = 1e-6
FEWEST_IN_SWARM: Final = 10
MAGNITUDE_SPREAD: Final = 0.25
"""Daily largest magnitudes are never believed to vary less than their usual uncertainty."""


class Severity(enum.StrEnum):
    """How much a finding matters."""

    INFO = "info"
    NOTICE = "notice"
    ALERT = "alert"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One sentence for a headline, one with the numbers, and the numbers."""

    kind: str
    severity: Severity
    title: str
    detail: str
    value: float | None = None
    expected: float | None = None
    score: float | None = None


def find(history: History, today: PastDay, *, trailing_days: int) -> tuple[Finding, ...]:
    """All findings of a day, in a fixed order."""
    past = history.past
    if len(past) < FEWEST_DAYS:
        return (_no_history(len(past), trailing_days),)
    largest = _largest(past, today)
    return (_count(past, today), *([largest] if largest else []), *_swarms(history.regions, days=len(past)))


def _no_history(days: int, trailing_days: int) -> Finding:
    return Finding(
        kind="no_history",
        severity=Severity.INFO,
        title="There are too few days to compare with.",
        detail=f"Of the {trailing_days} days before, {days} are loaded; at least {FEWEST_DAYS} are needed.",
        value=float(days),
        expected=float(FEWEST_DAYS),
    )


def _count(past: Sequence[PastDay], today: PastDay) -> Finding:
    counts = [day.events for day in past]
    expected = float(statistics.median(counts))
    # Events that come independently scatter by the root of their number; no series scatters less.
    score = robust_score(today.events, counts, floor=math.sqrt(max(expected, 1.0)))
    severity = _severity(abs(score))
    unusual = "unusually many" if score > 0 else "unusually few"
    return Finding(
        kind="count",
        severity=severity,
        title=f"The day has {'an ordinary number of' if severity is Severity.INFO else unusual} events.",
        detail=f"{today.events} events; the median of {len(past)} days before is {expected:g} (score {score:+.1f}).",
        value=float(today.events),
        expected=expected,
        score=_rounded(score),
    )


def _largest(past: Sequence[PastDay], today: PastDay) -> Finding | None:
    others = [day.largest for day in past if day.largest is not None]
    if today.largest is None or not others:
        return None
    expected = statistics.median(others)
    score = robust_score(today.largest, others, floor=MAGNITUDE_SPREAD)
    # A day without a large event is nothing to tell.
    severity = _severity(score)
    record = today.largest > max(others)
    return Finding(
        kind="largest",
        severity=severity,
        title=f"The largest event has magnitude {today.largest:g}"
        + (f", more than any of {len(past)} days before." if record else "."),
        detail=f"The largest events of {len(past)} days before have magnitudes up to {max(others):g}, their median is "
        f"{expected:.3g} (score {score:+.1f}).",
        value=today.largest,
        expected=_rounded(expected),
        score=_rounded(score),
    )


def _swarms(regions: Sequence[RegionCount], *, days: int) -> list[Finding]:
    chances = [(tail(region.today, region.before, days=days), region) for region in regions]
    # Looking at many regions finds something by chance in one of them (Bonferroni).
    busy = [(chance * len(regions), region) for chance, region in chances if region.today >= FEWEST_IN_SWARM]
    unusual = sorted(
        (entry for entry in busy if entry[0] < NOTICE_CHANCE), key=lambda entry: (entry[0], entry[1].region)
    )
    return [_swarm(chance, region, days=days) for chance, region in unusual]


def _swarm(chance: float, region: RegionCount, *, days: int) -> Finding:
    expected = region.before / days
    score = math.inf if chance == 0 else -math.log10(chance)
    return Finding(
        kind="region_swarm",
        severity=Severity.ALERT if chance < ALERT_CHANCE else Severity.NOTICE,
        title=f"{region.region} is unusually busy.",
        detail=f"{region.today} events; {days} days before had {expected:.3g} a day. At a constant rate the chance of "
        f"so many in any region is {chance:.1g}.",
        value=float(region.today),
        expected=_rounded(expected),
        score=_rounded(min(score, 300.0)),
    )


def _severity(score: float) -> Severity:
    if score >= ALERT_SCORE:
        return Severity.ALERT
    return Severity.NOTICE if score >= NOTICE_SCORE else Severity.INFO


def _rounded(value: float) -> float:
    """Six digits: more than the data carry, fewer than C libraries agree about."""
    return float(f"{value:.6g}")
