from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from orchestrator.runners.cloud_run.limits import Brake, Launches, until_next_listing, until_next_look


def test_launches_come_in_a_burst_and_then_at_their_rate() -> None:
    """Ten seconds' worth at once, then one place after another."""
    launches = Launches(60)
    waits = [launches.take(100.0) for _ in range(13)]
    assert waits[:10] == [0.0] * 10
    assert pytest.approx(waits[10:]) == [1.0, 2.0, 3.0]


def test_rest_brings_the_burst_back() -> None:
    """But never more than that."""
    launches = Launches(60)
    for _ in range(15):
        launches.take(0.0)
    assert launches.take(6.0) == 0.0
    assert [launches.take(1000.0) for _ in range(11)][-2:] == pytest.approx([0.0, 1.0])


@settings(deadline=None)
@given(st.integers(1, 600), st.lists(st.floats(0, 5), min_size=1, max_size=60))
def test_launches_never_pass_their_rate(per_minute: int, gaps: list[float]) -> None:
    """Whatever the rhythm: never more than the burst and the rate over any time."""
    launches, now, at = Launches(per_minute), 0.0, []
    for gap in gaps:
        now += gap
        now += launches.take(now)
        at.append(now)
    rate = per_minute / 60
    for first in range(len(at)):
        for last in range(first, len(at)):
            assert last - first + 1 <= max(1, rate * 10) + (at[last] - at[first]) * rate + 1e-6


def test_brake_doubles_and_lets_go() -> None:
    """Once a pause, however many calls were told so; an answer after it ends it."""
    brake = Brake()
    assert brake.wait(0.0) == 0.0
    brake.pull(0.0)
    brake.pull(0.1)
    assert brake.wait(0.0) == 1.0
    brake.ease(0.5)
    assert brake.wait(0.5) == 0.5
    brake.pull(1.0)
    assert brake.wait(1.0) == 2.0
    brake.ease(3.0)
    brake.pull(3.0)
    assert brake.wait(3.0) == 1.0


def test_brake_has_a_longest_pause() -> None:
    """A minute."""
    brake, now = Brake(), 0.0
    for _ in range(20):
        brake.pull(now)
        now += brake.wait(now)
    brake.pull(now)
    assert brake.wait(now) == 60.0


@pytest.mark.parametrize(
    ("age", "waiting", "expected"),
    [(0, 1, 0.5), (16, 1, 2.0), (600, 6, 3.0), (7200, 1, 10.0), (0, 20, 2.5), (600, 1000, 125.0)],
)
def test_young_executions_are_asked_often(age: float, waiting: int, expected: float) -> None:
    """Long ones less, and many together not more than so often."""
    assert expected == until_next_look(age, waiting=waiting)


def test_end_of_a_step_is_seen_within_seconds() -> None:
    """As long as it is one of a few, and younger than an hour."""
    assert max(until_next_look(age, waiting=6) for age in range(3600)) <= 3.0


def test_listing_costs_less_than_it_lists() -> None:
    """A thousand are listed four times a minute."""
    assert until_next_listing(1000) == 15.0
