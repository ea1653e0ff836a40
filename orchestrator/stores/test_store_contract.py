"""The contract of `ports.Store`, for every store."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from orchestrator.core.errors import Conflict
from orchestrator.core.events import Claimed, Event
from orchestrator.testing import build
from orchestrator.testing.benches import Bench
from orchestrator.testing.build import RUN
from orchestrator.testing.fakes import BEGIN
from steps.kit.contract import RunId

PIPELINE = build.pipeline(build.step("a"))
OPENED, CLAIMED = (recorded.event for recorded in build.log(PIPELINE))
TTL = timedelta(seconds=15)


def claimed(number: int) -> Event:
    return Claimed(at=BEGIN, driver=f"driver {number}")


def test_appended_events_are_read_by_everybody(bench: Bench) -> None:
    """In order, numbered from 1, equal to what was written."""
    written = bench.open().append(RUN, 0, [OPENED, CLAIMED])
    assert build.log(PIPELINE) == written == bench.open().read(RUN)


def test_reading_on_from_a_number(bench: Bench) -> None:
    """Only what comes after it."""
    store = bench.open()
    store.append(RUN, 0, [OPENED, CLAIMED, claimed(2)])
    assert [recorded.seq for recorded in store.read(RUN, 2)] == [3]
    assert store.read(RUN, 3) == ()


def test_run_that_does_not_exist_is_empty(bench: Bench) -> None:
    """Nothing happened."""
    assert bench.open().read(RUN) == ()


@pytest.mark.parametrize("expected", [0, 1, 3])
def test_wrong_expectation_conflicts_and_writes_nothing(bench: Bench, expected: int) -> None:
    """Neither an older nor a newer end of the log is accepted."""
    store = bench.open()
    store.append(RUN, 0, [OPENED, CLAIMED])
    with pytest.raises(Conflict, match=f"stands at 2, not at {expected}"):
        store.append(RUN, expected, [claimed(1), claimed(2)])
    assert len(store.read(RUN)) == 2
    store.append(RUN, 2, [claimed(3)])


def test_two_writers_at_once_have_one_winner(bench: Bench) -> None:
    """Of many appends at the same place exactly one is kept."""

    def write(number: int) -> bool:
        store = bench.open_unmanaged()
        try:
            store.append(RUN, 1, [claimed(number)])
        except Conflict:
            return False
        finally:
            store.close()
        return True

    bench.open().append(RUN, 0, [OPENED])
    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(write, range(8)))
    assert won.count(True) == 1
    assert claimed(won.index(True)) == bench.open().read(RUN)[1].event


def test_runs_are_listed_newest_first(bench: Bench) -> None:
    """By date, then generation; filtered by pipeline and day; at most so many."""
    store = bench.open()
    runs = [
        RunId("toy", date(2018, 2, 1), 1),
        RunId("toy", date(2018, 2, 1), 2),
        RunId("other", date(2018, 2, 2), 1),
        RunId("toy", date(2018, 1, 31), 10),
    ]
    for run in runs:
        store.append(run, 0, [OPENED])
    assert store.runs() == (runs[2], runs[1], runs[0], runs[3])
    assert store.runs("toy") == (runs[1], runs[0], runs[3])
    assert store.runs("toy", day=date(2018, 2, 1), limit=1) == (runs[1],)
    assert store.runs(day=date(2018, 2, 2)) == (runs[2],)
    assert store.runs("nobody") == ()


def test_lease_goes_to_the_first(bench: Bench) -> None:
    """The second sees who has it, and that it does not advance by asking."""
    first, second = bench.open(), bench.open()
    mine = first.claim(RUN, "one", ttl=TTL)
    assert (mine.driver, mine.beats) == ("one", 1)
    assert mine == second.claim(RUN, "two", ttl=TTL) == second.claim(RUN, "two", ttl=TTL)
    assert second.holder(RUN) == "one"


def test_heartbeat_is_seen_to_advance(bench: Bench) -> None:
    """A driver that claims again counts on, and holds the lease for longer."""
    first, second = bench.open(), bench.open()
    first.claim(RUN, "one", ttl=TTL)
    bench.later(timedelta(seconds=10))
    first.claim(RUN, "one", ttl=TTL)
    bench.later(timedelta(seconds=10))
    seen = second.claim(RUN, "two", ttl=TTL)
    assert (seen.driver, seen.beats) == ("one", 2)


def test_lease_that_ran_out_goes_to_whoever_asks(bench: Bench) -> None:
    """Its former holder then sees the new one."""
    first, second = bench.open(), bench.open()
    first.claim(RUN, "one", ttl=TTL)
    bench.later(TTL + timedelta(seconds=1))
    assert second.holder(RUN) is None
    taken = second.claim(RUN, "two", ttl=TTL)
    assert (taken.driver, taken.beats) == ("two", 1)
    assert taken == first.claim(RUN, "one", ttl=TTL)


def test_released_lease_is_free_at_once(bench: Bench) -> None:
    """And only its holder can release it."""
    first, second = bench.open(), bench.open()
    first.claim(RUN, "one", ttl=TTL)
    second.release(RUN, "two")
    assert first.holder(RUN) == "one"
    first.release(RUN, "one")
    assert first.holder(RUN) is None
    assert second.claim(RUN, "two", ttl=TTL).driver == "two"


def test_leases_of_runs_are_apart(bench: Bench) -> None:
    """Two days can be driven by two drivers."""
    store = bench.open()
    other = RunId("toy", date(2018, 2, 2), 1)
    assert store.claim(RUN, "one", ttl=TTL).driver == "one"
    assert store.claim(other, "two", ttl=TTL).driver == "two"


def test_cursor_of_each_subscriber_moves_forward_only(bench: Bench) -> None:
    """It is kept for whoever opens the store next, apart for each subscriber and run."""
    store = bench.open()
    assert store.cursor(RUN, "webhook") == 0
    store.move_cursor(RUN, "webhook", 7)
    store.move_cursor(RUN, "webhook", 5)
    store.move_cursor(RUN, "summary", 2)
    again = bench.open()
    assert (again.cursor(RUN, "webhook"), again.cursor(RUN, "summary")) == (7, 2)
    assert again.cursor(RunId("toy", date(2018, 2, 2), 1), "webhook") == 0
