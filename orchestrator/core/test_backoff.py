from __future__ import annotations

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core.backoff import delay
from orchestrator.core.model import Backoff
from orchestrator.testing.build import attempt

DURATIONS = st.timedeltas(timedelta(milliseconds=1), timedelta(hours=6))


@given(DURATIONS, DURATIONS, st.floats(1, 100), st.integers(1, 10_000), st.integers(1, 50))
def test_delay_lies_between_half_and_the_whole(
    initial: timedelta, maximum: timedelta, factor: float, tries: int, number: int
) -> None:
    """Whatever is configured, the delay is positive, at most the cap, and at least half of the full one."""
    backoff = Backoff(initial=initial, factor=factor, maximum=maximum)
    found = delay(backoff, attempt("a", number), tries=tries)
    assert timedelta() < found <= maximum
    if tries == 1:
        assert min(initial, maximum) / 2 - timedelta(microseconds=1) <= found <= initial


def test_delay_grows_by_the_factor() -> None:
    """For one attempt's jitter the delays of later tries are multiples."""
    backoff = Backoff(initial=timedelta(seconds=1), factor=4, maximum=timedelta(hours=1))
    first, second = (delay(backoff, attempt("a"), tries=tries) for tries in (1, 2))
    assert abs(second - 4 * first) < timedelta(microseconds=10)


def test_jitter_follows_from_the_attempt() -> None:
    """The same attempt waits the same time whoever computes it; attempts that failed together come back apart."""
    backoff = Backoff(initial=timedelta(seconds=8), factor=2, maximum=timedelta(hours=1))
    delays = [delay(backoff, attempt(name), tries=1) for name in "abcdefgh"]
    assert delays == [delay(backoff, attempt(name), tries=1) for name in "abcdefgh"]
    assert len(delays) == len(set(delays))


def test_delay_that_no_number_can_hold_is_the_longest() -> None:
    """A step that is tried for ever waits no longer than it may, and does not end with an error."""
    backoff = Backoff(initial=timedelta(seconds=1), factor=100, maximum=timedelta(hours=1))
    longest = delay(backoff, attempt("a"), tries=5)
    assert backoff.maximum / 2 <= longest <= backoff.maximum
    assert delay(backoff, attempt("a"), tries=10_000) == longest
