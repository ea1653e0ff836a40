from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import psycopg
import pytest

from orchestrator.core.errors import ConfigurationError, Unavailable
from orchestrator.core.events import Claimed
from orchestrator.stores import codec
from orchestrator.stores.postgres import PostgresStore
from orchestrator.stores.queries import migrations
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.fakes import BEGIN

OPENED = build.log(build.pipeline(build.step("b"), build.step("a")))[0].event
CLAIMED = Claimed(at=BEGIN, driver="one")
PASSWORD = "hunter2"  # noqa: S105


def opened(dsn: str, *, patience: float = 60) -> PostgresStore:
    return PostgresStore(dsn, name="postgresql://here/db", patience=patience)


def check_refused(dsn: str, error: type[Exception], *words: str) -> None:
    """With these words, and without the password."""
    with pytest.raises(error) as caught:
        opened(dsn, patience=0)
    for word in words:
        assert word in str(caught.value)
    assert PASSWORD not in f"{caught.value!r} {caught.value.__cause__!r}"


def test_body_of_an_event_is_as_it_was_written(dsn: str) -> None:
    """The order of steps means something, so the database must not sort keys."""
    store = opened(dsn)
    store.append(RUN, 0, [OPENED])
    with psycopg.connect(dsn) as connection:
        assert connection.execute("SELECT body::text FROM nightjar.events").fetchone() == (codec.encode(OPENED),)
    store.close()


def test_logs_can_be_queried(dsn: str) -> None:
    """By anybody who knows SQL and JSON."""
    store = opened(dsn)
    store.append(RUN, 0, [OPENED, CLAIMED])
    statement = "SELECT run, seq FROM nightjar.events WHERE body ->> 'kind' = 'run.claimed'"
    with psycopg.connect(dsn) as connection:
        assert connection.execute(statement).fetchall() == [(str(RUN), 2)]
    store.close()


def test_schema_is_made_once_by_whoever_comes_first(dsn: str) -> None:
    """Many that open a new database at once all find the schema."""

    def open_and_close(_: int) -> None:
        opened(dsn).close()

    with ThreadPoolExecutor(8) as pool:
        list(pool.map(open_and_close, range(16)))
    with psycopg.connect(dsn) as connection:
        rows = connection.execute("SELECT number FROM nightjar.migrations ORDER BY number").fetchall()
    assert [(number,) for number in range(1, len(migrations("postgres")) + 1)] == rows


@pytest.mark.parametrize("version", range(1, len(migrations("postgres"))))
def test_every_earlier_schema_is_brought_up_to_date(dsn: str, version: int) -> None:
    """With what lies in it: the log goes on where it ended, and what is new works."""
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE SCHEMA nightjar")
        connection.execute("CREATE TABLE nightjar.migrations (number integer PRIMARY KEY, applied timestamptz)")
        for number, script in enumerate(migrations("postgres")[:version], 1):
            connection.execute(script.encode())
            connection.execute("INSERT INTO nightjar.migrations VALUES (%s, now())", [number])
        row = (str(RUN), RUN.pipeline, RUN.logical_date, RUN.generation)
        connection.execute("INSERT INTO nightjar.runs VALUES (%s, %s, %s, %s, 1)", row)
        connection.execute("INSERT INTO nightjar.events VALUES (%s, 1, %s, 'old')", (str(RUN), codec.encode(OPENED)))
    store = opened(dsn)
    store.append(RUN, 1, [CLAIMED])
    assert [each.event for each in store.read(RUN)] == [OPENED, CLAIMED]
    store.move_cursor(RUN, "webhook", 2)
    assert store.cursor(RUN, "webhook") == 2
    store.close()


def test_newer_schema_is_refused(dsn: str) -> None:
    """With a message that says what to do, and without touching it."""
    opened(dsn).close()
    with psycopg.connect(dsn) as connection:
        connection.execute("INSERT INTO nightjar.migrations (number) VALUES (999)")
    check_refused(dsn, ConfigurationError, "written by a newer nightjar (schema 999, this one knows 2)", "--store")


def test_mistakes_of_people_are_told_without_the_password(dsn: str) -> None:
    """Each at once, with a remedy."""
    parts = psycopg.conninfo.conninfo_to_dict(dsn)
    place = f"127.0.0.1:{parts['port']}"
    check_refused(
        f"postgresql://nightjar:{PASSWORD}@{place}/postgres", ConfigurationError, "authentication failed", "check user"
    )
    check_refused(f"postgresql://h/db?password={PASSWORD}&oops=1", ConfigurationError, "no connection string")
    check_refused(f"postgresql://nightjar:{parts['password']}@{place}/none", ConfigurationError, "does not exist")
    check_refused(f"postgresql://a:{PASSWORD}@127.0.0.1:1/db", Unavailable, "refused", "see whether the server runs")


def test_user_without_rights_is_told_which(dsn: str) -> None:
    """The schema cannot be made."""
    with psycopg.connect(dsn) as connection:
        connection.execute("DROP ROLE IF EXISTS guest")
        connection.execute(f"CREATE ROLE guest LOGIN PASSWORD '{PASSWORD}'")
    port = psycopg.conninfo.conninfo_to_dict(dsn)["port"]
    check_refused(f"postgresql://guest:{PASSWORD}@127.0.0.1:{port}/postgres", ConfigurationError, "GRANT CREATE")


def test_lease_goes_by_the_clock_of_the_database(dsn: str) -> None:
    """Its end is so long after the server's time."""
    store = opened(dsn)
    store.claim(RUN, "one", ttl=timedelta(seconds=15))
    with psycopg.connect(dsn) as connection:
        row = connection.execute("SELECT expires - clock_timestamp() FROM nightjar.leases").fetchone()
    assert row is not None
    assert timedelta() < row[0] < timedelta(seconds=15)
    store.close()
