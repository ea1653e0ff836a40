"""The contract of `ports.Store`, for every store."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from concurrent.futures import ThreadPoolExecutor
from datetime import date, timedelta

import pytest

from orchestrator import app, config
from orchestrator.core.errors import Conflict
from orchestrator.core.events import (
    Claimed,
    Event,
    Exhausted,
    Finished,
    Intended,
    Lost,
    Outcome,
    Recorded,
    Reopened,
    Started,
)
from orchestrator.core.states import fold
from orchestrator.ports import Lease, Store
from orchestrator.testing import build
from orchestrator.testing.benches import Bench
from orchestrator.testing.build import RUN
from orchestrator.testing.fakes import BEGIN
from steps.kit.contract import RunId

PIPELINE = build.pipeline(build.step("a"))
OPENED, CLAIMED = (recorded.event for recorded in build.log(PIPELINE))
OTHER = RunId("toy", date(2018, 2, 2), 1)
TTL = timedelta(seconds=15)


def claimed(number: int) -> Event:
    return Claimed(at=BEGIN, driver=f"driver {number}")


def append_somewhere(store: Store, event: Event) -> None:
    """Append at the end, wherever that is."""
    while True:
        try:
            store.append(RUN, len(store.read(RUN)), [event])
        except Conflict:
            continue
        return


def claim_and_die(url: str) -> None:
    """What another process does."""
    store = app.open_store(config.read({"store": url}, {}).store)
    store.append(RUN, 0, [OPENED, CLAIMED])
    store.claim(RUN, "other", ttl=TTL)
    store.claim(RUN, "other", ttl=TTL)
    os.kill(os.getpid(), signal.SIGKILL)


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


@pytest.mark.parametrize("expected", [0, 1, 2, 4, 5])
def test_driver_that_was_overtaken_cannot_append(bench: Bench, expected: int) -> None:
    """What it once read is no end any more, whether it is in the middle of a batch or at the end of one."""
    late, quick = bench.open(), bench.open()
    late.append(RUN, 0, [OPENED, CLAIMED])
    quick.append(RUN, 2, [claimed(1)])
    assert len(late.read(RUN, 1)) == 2
    quick.append(RUN, 3, [claimed(2), claimed(3), claimed(4)])
    with pytest.raises(Conflict, match=f"stands at 6, not at {expected}"):
        late.append(RUN, expected, [claimed(5)])
    late.append(RUN, 6, [claimed(6)])
    assert [each.seq for each in quick.read(RUN)] == [1, 2, 3, 4, 5, 6, 7]


@pytest.mark.parametrize("expected", [1, 2, 3])
def test_place_that_was_never_an_end_conflicts(bench: Bench, expected: int) -> None:
    """Also for a process that knows nothing of the run, and when the run does not exist."""
    bench.open().append(RUN, 0, [OPENED, CLAIMED, claimed(1), claimed(2)])
    with pytest.raises(Conflict, match=f"stands at 4, not at {expected}"):
        bench.open().append(RUN, expected, [claimed(3)])
    with pytest.raises(Conflict, match=f"stands at 0, not at {expected}"):
        bench.open().append(OTHER, expected, [claimed(3)])
    assert bench.open().read(OTHER) == ()
    assert bench.open().runs() == (RUN,)


@pytest.mark.parametrize("writers", [2, 30])
def test_writers_at_once_have_one_winner(bench: Bench, writers: int) -> None:
    """Of many appends at the same place exactly one is kept, and everybody else is told."""
    ready = threading.Barrier(min(writers, 8))

    def write(number: int) -> bool:
        store = bench.open_unmanaged()
        try:
            if number < ready.parties:
                ready.wait()
            store.append(RUN, 1, [claimed(number)])
        except Conflict:
            return False
        finally:
            store.close()
        return True

    bench.open().append(RUN, 0, [OPENED])
    with ThreadPoolExecutor(ready.parties) as pool:
        won = list(pool.map(write, range(writers)))
    assert won.count(True) == 1
    assert [OPENED, claimed(won.index(True))] == [each.event for each in bench.open().read(RUN)]


def test_one_log_of_many_writers_is_gapless(bench: Bench) -> None:
    """Writers that read on after each conflict bring all of their events in, each once."""

    def write(number: int) -> None:
        store = bench.open_unmanaged()
        try:
            for each in range(4):
                append_somewhere(store, claimed(10 * number + each))
        finally:
            store.close()

    bench.open().append(RUN, 0, [OPENED])
    with ThreadPoolExecutor(5) as pool:
        list(pool.map(write, range(5)))
    recorded = bench.open().read(RUN)
    assert [each.seq for each in recorded] == list(range(1, 22))
    drivers = [each.event.driver for each in recorded if isinstance(each.event, Claimed)]
    assert sorted(drivers) == sorted(f"driver {10 * number + each}" for number in range(5) for each in range(4))


def test_batch_of_many_events_is_one(bench: Bench) -> None:
    """Hundreds of events, with texts of any kind, are there together and in order."""
    events = [OPENED, *(Claimed(at=BEGIN, driver=f"{number}\n\u2028%s 😀 '") for number in range(500))]
    bench.open().append(RUN, 0, events)
    assert events == [each.event for each in bench.open().read(RUN)]
    assert [each.seq for each in bench.open().read(RUN, 250)] == list(range(251, 502))


def test_reading_again_tells_only_what_is_new(bench: Bench) -> None:
    """Whoever follows a log misses nothing and is told nothing twice, also when there is nothing."""
    writer, reader = bench.open(), bench.open()
    seen: list[Recorded] = []
    for number in range(4):
        written = len(seen)
        writer.append(RUN, written, [OPENED if not number else claimed(number), claimed(10 + number)])
        seen += reader.read(RUN, len(seen))
        assert reader.read(RUN, len(seen)) == ()
    assert tuple(seen) == writer.read(RUN)


def test_log_that_is_read_again_folds_into_the_same_state(bench: Bench) -> None:
    """A run that was finished, reopened and finished again is what it was, wherever one begins to read."""
    attempt = build.attempt("a")
    events = (
        Intended(at=BEGIN, attempt=attempt, digest="sha256:0"),
        Started(at=BEGIN, attempt=attempt, execution="one", log="here"),
        Lost(at=BEGIN, attempt=attempt, message="gone"),
        Exhausted(at=BEGIN, step="a", reason="no attempt is left"),
        Finished(at=BEGIN, outcome=Outcome.FAILED),
        Reopened(at=BEGIN, steps=("a",), by="ann"),
        claimed(2),
        Finished(at=BEGIN, outcome=Outcome.FAILED),
    )
    log = build.log(PIPELINE, *events)
    store = bench.open()
    for each in log:
        store.append(RUN, each.seq - 1, [each.event])
        assert fold(log[: each.seq]) == fold(bench.open().read(RUN))
    for after in range(len(log)):
        assert log[after:] == bench.open().read(RUN, after) == store.read(RUN, after)


def test_runs_are_listed_newest_first(bench: Bench) -> None:
    """By date, then generation; filtered by pipeline and day; at most so many."""
    store = bench.open()
    runs = [
        RunId("toy", date(2018, 2, 1), 1),
        RunId("toy", date(2018, 2, 1), 2),
        RunId("other", date(2018, 2, 2), 1),
        RunId("toy", date(2018, 1, 31), 10),
        RunId("a-toy", date(2018, 2, 2), 1),
        RunId("toy", date(2017, 12, 31), 1),
    ]
    for run in runs:
        store.append(run, 0, [OPENED])
    store.claim(RunId("toy", date(2018, 3, 1), 1), "one", ttl=TTL)
    store.move_cursor(RunId("toy", date(2018, 3, 1), 1), "webhook", 1)
    assert store.runs() == (runs[4], runs[2], runs[1], runs[0], runs[3], runs[5])
    assert store.runs(limit=4) == (runs[4], runs[2], runs[1], runs[0])
    assert store.runs("toy") == (runs[1], runs[0], runs[3], runs[5])
    assert store.runs("toy", limit=3) == (runs[1], runs[0], runs[3])
    assert store.runs("toy", day=date(2018, 2, 1), limit=1) == (runs[1],)
    assert store.runs(day=date(2018, 2, 2)) == (runs[4], runs[2])
    assert store.runs(day=date(2018, 2, 3)) == ()
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
    bench.later(TTL + timedelta(seconds=2))
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


def test_lease_returns_to_whoever_had_it(bench: Bench) -> None:
    """It can be taken, given back and taken again any number of times, by the same and by others."""
    first, second = bench.open(), bench.open()
    for _ in range(3):
        for store, driver in ((first, "one"), (second, "two")):
            assert store.claim(RUN, driver, ttl=TTL) == Lease(driver=driver, beats=1)
            assert store.claim(RUN, driver, ttl=TTL) == Lease(driver=driver, beats=2)
            assert store.claim(RUN, driver, ttl=TTL) == Lease(driver=driver, beats=3)
            store.release(RUN, driver)


def test_driver_that_was_frozen_does_not_get_its_lease_back(bench: Bench) -> None:
    """Whatever its successor has done meanwhile, it sees the successor."""
    frozen, successor = bench.open(), bench.open()
    frozen.claim(RUN, "one", ttl=TTL)
    bench.later(TTL + timedelta(seconds=2))
    for beats in (1, 2, 3):
        assert successor.claim(RUN, "two", ttl=TTL).beats == beats
    assert frozen.claim(RUN, "one", ttl=TTL) == Lease(driver="two", beats=3)
    frozen.release(RUN, "one")
    assert frozen.holder(RUN) == "two"


def test_one_of_many_that_ask_at_once_gets_the_lease(bench: Bench) -> None:
    """And all of them are told who, whether the lease is new or has run out."""

    def claim(number: int) -> Lease:
        store = bench.open_unmanaged()
        try:
            return store.claim(RUN, f"driver {number}", ttl=TTL)
        finally:
            store.close()

    for former in ("", "driver"):
        with ThreadPoolExecutor(6) as pool:
            told = list(pool.map(claim, range(12)))
        assert len(set(told)) == 1
        assert told[0].driver != former
        bench.later(TTL + timedelta(seconds=2))


@pytest.mark.parametrize("bench", ["sqlite", "postgres", "folder"], indirect=True)
def test_other_process_holds_its_lease_until_it_runs_out(bench: Bench) -> None:
    """A process that was killed leaves log and lease, as they were when it was."""
    program = f"from orchestrator.stores import test_store_contract as here; here.claim_and_die({bench.url!r})"
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    done = subprocess.run([sys.executable, "-c", program], env=environment, check=False, timeout=60)
    assert done.returncode == -signal.SIGKILL
    store = bench.open()
    assert len(store.read(RUN)) == 2
    assert store.claim(RUN, "two", ttl=TTL) == Lease(driver="other", beats=2)
    bench.later(TTL + timedelta(seconds=2))
    assert store.claim(RUN, "two", ttl=TTL) == Lease(driver="two", beats=1)
    store.append(RUN, 2, [claimed(2)])


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
