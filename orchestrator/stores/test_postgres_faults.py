"""PostgreSQL goes away at the worst moments: an append is there exactly once, or it is told that it may not be."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from datetime import date
from pathlib import Path

import psycopg
import pytest

from orchestrator.core.errors import Conflict, Unavailable
from orchestrator.core.events import Claimed, Event
from orchestrator.stores.postgres import PostgresStore
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.fakes import BEGIN
from orchestrator.testing.proxy import Proxy, proxy
from steps.kit.contract import RunId
from tools.postgres.server import Server, server

OTHER = RunId("toy", date(2018, 2, 2), 1)
PATIENCE = 60
OPENED = build.log(build.pipeline(build.step("a")))[0].event


def claimed(number: int) -> Event:
    return Claimed(at=BEGIN, driver=f"driver {number}")


@pytest.fixture
def way(database: Server, dsn: str) -> Iterator[Proxy]:
    """A way to the database that can be cut."""
    assert dsn
    with proxy(database.port) as made:
        yield made


def opened(dsn: str, way: Proxy, *, patience: float = PATIENCE) -> PostgresStore:
    """A store whose appends are prepared, so that each is one question and one answer."""
    store = PostgresStore(psycopg.conninfo.make_conninfo(dsn, port=way.port), name="the database", patience=patience)
    for seq in (0, 1):
        store.append(OTHER, seq, [OPENED])
    return store


def check_log(dsn: str, *expected: Event) -> None:
    """Exactly these events, numbered without gaps."""
    store = PostgresStore(dsn, name="the database")
    assert list(enumerate(expected, 1)) == [(each.seq, each.event) for each in store.read(RUN)]
    store.close()


def in_background[T](work: Callable[[], T]) -> Future[T]:
    pool = ThreadPoolExecutor(1)
    future = pool.submit(work)
    pool.shutdown(wait=False)
    return future


def wait_for(condition: Callable[[], bool]) -> None:
    """Until it holds; a moment between two looks."""
    moment = threading.Event()
    for _ in range(PATIENCE * 100):
        if condition():
            return
        moment.wait(0.01)
    raise AssertionError("it did not come about")


def terminate_others(dsn: str) -> None:
    with psycopg.connect(dsn) as connection:
        connection.execute("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'nightjar'")


def test_connection_that_was_cut_between_appends_is_made_again(dsn: str, way: Proxy) -> None:
    """By the network or by an administrator; the next call goes on, whatever it is."""
    store = opened(dsn, way)
    store.append(RUN, 0, [OPENED])
    cuts: list[Callable[[], None]] = [way.cut, lambda: terminate_others(dsn)]
    for number, cut in enumerate(cuts):
        cut()
        store.append(RUN, 1 + number, [claimed(number)])
        cut()
        assert len(store.read(RUN)) == 2 + number
    check_log(dsn, OPENED, claimed(0), claimed(1))
    store.close()


@pytest.mark.parametrize("expected", [0, 1])
def test_append_whose_answer_was_lost_is_there_once(dsn: str, way: Proxy, expected: int) -> None:
    """The store looks whether what it finds is its own."""
    store = opened(dsn, way)
    for seq in range(expected):
        store.append(RUN, seq, [OPENED])
    way.lose_next_answer()
    assert [each.seq for each in store.append(RUN, expected, [claimed(1), claimed(2)])] == [expected + 1, expected + 2]
    assert way.connections == 2
    check_log(dsn, *[OPENED] * expected, claimed(1), claimed(2))
    store.close()


def test_append_whose_answer_was_lost_is_own_also_after_another(dsn: str, way: Proxy) -> None:
    """Another driver may have gone on from it before the store could look."""
    store = opened(dsn, way)
    store.append(RUN, 0, [OPENED])
    held = way.target
    way.target = 1
    way.lose_next_answer()
    appended = in_background(lambda: store.append(RUN, 1, [claimed(1)]))
    wait_for(lambda: way.connections >= 2)
    other = PostgresStore(dsn, name="the database")
    other.append(RUN, 2, [claimed(2)])
    other.close()
    way.target = held
    assert [each.seq for each in appended.result(PATIENCE)] == [2]
    check_log(dsn, OPENED, claimed(1), claimed(2))
    store.close()


def test_repeated_append_that_lost_the_race_conflicts(dsn: str, way: Proxy) -> None:
    """What is found at its place is another's, so it is not taken for one's own."""
    store = opened(dsn, way)
    store.append(RUN, 0, [OPENED])
    held = way.target
    way.target = 1
    way.cut()
    appended = in_background(lambda: store.append(RUN, 1, [claimed(1)]))
    wait_for(lambda: way.connections >= 2)
    other = PostgresStore(dsn, name="the database")
    other.append(RUN, 1, [claimed(2)])
    other.close()
    way.target = held
    with pytest.raises(Conflict, match="stands at 2, not at 1"):
        appended.result(PATIENCE)
    check_log(dsn, OPENED, claimed(2))
    store.close()


def test_session_that_is_ended_in_an_append_is_no_end_of_it(dsn: str, way: Proxy) -> None:
    """The append waits for a lock, its session is ended by an administrator, and it happens in the next one."""
    store = opened(dsn, way)
    store.append(RUN, 0, [OPENED])
    with psycopg.connect(dsn) as blocking:
        blocking.execute("SELECT 1 FROM nightjar.runs FOR UPDATE")
        appended = in_background(lambda: store.append(RUN, 1, [claimed(1)]))
        waiting = "SELECT pid FROM pg_stat_activity WHERE application_name = 'nightjar' AND wait_event_type = 'Lock'"
        with psycopg.connect(dsn, autocommit=True) as looking:
            wait_for(lambda: looking.execute(waiting).fetchone() is not None)
        terminate_others(dsn)
        wait_for(lambda: way.connections >= 2)
    assert [each.seq for each in appended.result(PATIENCE)] == [2]
    check_log(dsn, OPENED, claimed(1))
    store.close()


def test_server_that_is_stopped_and_started_again_is_waited_for(tmp_path: Path) -> None:
    """A store that writes all the while brings in each event once, and its lease goes on."""
    goal, restarts = 60, 2
    reached = [threading.Event() for _ in range(restarts)]

    def write(store: PostgresStore) -> None:
        for seq in range(1, goal):
            store.append(RUN, seq, [claimed(seq)])
            if seq % 20 == 0 and seq // 20 <= restarts:
                reached[seq // 20 - 1].set()

    with proxy(1) as way:
        with server(tmp_path) as running:
            way.target = running.port
            store = opened(running.dsn, way)
            store.append(RUN, 0, [OPENED])
            writing = in_background(lambda: write(store))
            assert reached[0].wait(PATIENCE)
        with server(tmp_path) as running:
            way.target = running.port
            assert reached[1].wait(PATIENCE)
        with server(tmp_path) as running:
            way.target = running.port
            writing.result(PATIENCE)
            check_log(running.dsn, OPENED, *(claimed(seq) for seq in range(1, goal)))
            store.close()


def test_server_that_is_away_is_not_waited_for_in_a_hurry(dsn: str, way: Proxy) -> None:
    """Once the orchestrator is asked to stop; it has seconds for it."""
    far = psycopg.conninfo.make_conninfo(dsn, port=way.port)
    asked = list[bool]()
    store = PostgresStore(far, name="the database", hurry=lambda: bool(asked))
    asked.append(True)
    way.target = 1
    way.cut()
    with pytest.raises(Unavailable, match="see whether the server runs"):
        store.read(RUN)
    store.close()


def test_server_that_stays_away_is_unavailable(dsn: str, way: Proxy) -> None:
    """After the store's patience, with the address and a remedy; later the same store works again."""
    store = opened(dsn, way, patience=0.3)
    store.append(RUN, 0, [OPENED])
    held = way.target
    way.target = 1
    way.cut()
    with pytest.raises(Unavailable, match=r"the store the database: .*see whether the server runs"):
        store.append(RUN, 1, [claimed(1)])
    way.target = held
    assert len(store.read(RUN)) == 1
    store.append(RUN, 1, [claimed(1)])
    check_log(dsn, OPENED, claimed(1))
    store.close()


def test_too_many_connections_are_waited_out(database: Server, dsn: str) -> None:
    """A place becomes free sooner or later; until then nothing is raised."""
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP ROLE IF EXISTS one_at_a_time")
        connection.execute("CREATE ROLE one_at_a_time LOGIN CONNECTION LIMIT 1 PASSWORD 'x'")
        connection.execute("GRANT CREATE ON DATABASE postgres TO one_at_a_time")
    limited = psycopg.conninfo.make_conninfo(dsn, user="one_at_a_time", password="x")  # noqa: S106
    with psycopg.connect(limited):
        opening = in_background(lambda: PostgresStore(limited, name="the database"))
        wait_for(lambda: "too many connections" in database.log.read_text(encoding="utf-8"))
        assert not opening.done()
    store = opening.result(PATIENCE)
    store.append(RUN, 0, [OPENED])
    store.close()
    check_log(dsn, OPENED)
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP OWNED BY one_at_a_time CASCADE")
        connection.execute("DROP ROLE one_at_a_time")
