from __future__ import annotations

import math
import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.aggregate.law import FEWEST, NoLawError, fit


def catalogue(b: float, events: int, *, completeness: float, seed: int) -> list[float]:
    """Magnitudes that follow the law exactly, rounded to tenths as networks report them."""
    draw = random.Random(seed)  # noqa: S311 - a catalogue, no secret.
    rate = b * math.log(10)
    return [round(completeness - 0.05 + draw.expovariate(rate), 1) for _ in range(events)]


@pytest.mark.parametrize("b", [0.7, 1.0, 1.3])
@pytest.mark.parametrize("seed", [1, 2, 3])
def test_a_known_b_is_found_within_its_error(b: float, seed: int) -> None:
    """In a synthetic catalogue the estimate lies within three standard errors, and the error is as small as it says."""
    law = fit(catalogue(b, 20_000, completeness=2.0, seed=seed))
    assert law.completeness == 2.0
    assert abs(law.b - b) < 3 * law.b_error
    assert law.b_error == pytest.approx(b / math.sqrt(20_000), rel=0.1)
    assert law.a == pytest.approx(math.log10(20_000) + law.b * 2.0)


def test_the_correction_for_bins_matters() -> None:
    """Without Utsu's half bin the estimate of this catalogue would be off by a tenth."""
    law = fit(catalogue(1.0, 50_000, completeness=1.0, seed=7))
    assert law.b == pytest.approx(1.0, abs=0.02)


def test_events_below_completeness_do_not_count() -> None:
    """What networks miss cannot bend the law."""
    whole = catalogue(1.0, 5000, completeness=2.0, seed=5)
    law = fit(whole + [1.0] * 100 + [0.3] * 200)
    assert law == fit(whole)


@given(st.lists(st.floats(-2, 9), min_size=1, max_size=300))
def test_any_catalogue_has_a_law_or_a_reason(magnitudes: list[float]) -> None:
    """Whatever a day brings, the numbers are finite or there are none."""
    if len(magnitudes) < FEWEST:
        with pytest.raises(NoLawError):
            fit(magnitudes)
        return
    law = fit([*magnitudes, *[min(magnitudes)] * FEWEST])
    assert law.events >= FEWEST
    assert all(math.isfinite(value) for value in (law.a, law.b, law.b_error))
    assert fit([*[min(magnitudes)] * FEWEST, *magnitudes[::-1]]) == law


def test_too_few_events_have_no_law() -> None:
    """The reason names how many there are and how many are needed."""
    with pytest.raises(NoLawError, match=r"Only 49 earthquakes reach the completeness magnitude 1\.0, at least 50"):
        fit([1.0] * 49)
    with pytest.raises(NoLawError, match="no earthquake"):
        fit([])
