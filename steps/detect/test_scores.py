from __future__ import annotations

import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.detect.scores import robust_score, tail


def test_a_score_counts_robust_standard_deviations() -> None:
    """Median 10, median absolute deviation 2: a value of 10 + 2 * 1.4826 * 3 lies three away."""
    assert robust_score(10 + 6 * 1.4826, [6, 8, 10, 12, 14], floor=0.1) == pytest.approx(3)


def test_an_odd_day_among_the_others_does_not_spoil_the_score() -> None:
    """A trailing day with a thousand events moves the score hardly at all."""
    quiet = [200, 205, 210, 215, 220, 225, 230]
    assert robust_score(400, [*quiet[:-1], 10_000], floor=1) == pytest.approx(robust_score(400, quiet, floor=1))


def test_equal_days_are_not_believed_to_be_exact() -> None:
    """Where the deviation is zero by chance the floor stands for it."""
    assert robust_score(110, [100, 100, 100], floor=10) == 1


@pytest.mark.parametrize(
    ("today", "before", "days", "expected"),
    [
        # No event in three days: 0.75 ** 0.5 for none, the rest for one or more.
        (0, 0, 3, 1.0),
        (1, 0, 3, 1 - 0.75**0.5),
        (2, 0, 3, 1 - 0.75**0.5 - 0.5 * 0.75**0.5 * 0.25),
        # So far below the mean that a single probability is less than a number can hold.
        (10, 30_000, 3, 1.0),
    ],
)
def test_the_tail_is_that_of_the_distribution(today: int, before: int, days: int, expected: float) -> None:
    """Compared with the negative binomial worked out by hand."""
    assert tail(today, before, days=days) == pytest.approx(expected)


def test_the_tail_agrees_with_a_simulation() -> None:
    """Rates drawn from the posterior of 30 events in 10 days bring 8 events or more as often as the tail says."""
    draw = random.Random(3)  # noqa: S311 - a simulation, no secret.
    limit, rounds = 8, 20_000

    def events() -> int:
        rate, passed, number = draw.gammavariate(30.5, 1 / 10), draw.expovariate(1), 0
        while passed < rate:
            passed, number = passed + draw.expovariate(1), number + 1
        return number

    share = sum(events() >= limit for _ in range(rounds)) / rounds
    assert tail(limit, 30, days=10) == pytest.approx(share, abs=0.005)


@given(st.integers(0, 3000), st.integers(0, 30_000), st.integers(3, 365))
def test_more_events_are_never_more_likely(today: int, before: int, days: int) -> None:
    """The tail is a probability and falls with the number of events, as exactly as numbers go."""
    here = tail(today, before, days=days)
    assert 0 <= here <= 1 + 1e-9
    assert tail(today + 1, before, days=days) <= here + 1e-9
