from __future__ import annotations

import contextlib
import resource
import sqlite3
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.core.errors import ConfigurationError, Unavailable
from orchestrator.stores import codec
from orchestrator.stores.queries import migrations
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import RUN

OPENED = build.log(build.pipeline(build.step("a")))[0].event


def test_events_survive_the_process(tmp_path: Path) -> None:
    """What was appended is there for the next one that opens the file."""
    store = SqliteStore(tmp_path / "runs.sqlite")
    store.append(RUN, 0, [OPENED])
    store.close()
    store = SqliteStore(tmp_path / "runs.sqlite")
    assert [recorded.event for recorded in store.read(RUN)] == [OPENED]
    store.close()


def test_appends_are_durable(tmp_path: Path) -> None:
    """WAL with a flush at each commit: an intent outlives a power cut."""
    store = SqliteStore(tmp_path / "runs.sqlite")
    assert store._connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    assert store._connection.execute("PRAGMA synchronous").fetchone() == (2,)
    store.close()


def test_schema_is_made_once_by_whoever_comes_first(tmp_path: Path) -> None:
    """Many that open a new file at once, write and leave all find the schema, and nobody is sent away."""

    def opened(number: int) -> int:
        store = SqliteStore(tmp_path / f"{number // 16}.sqlite")
        try:
            store.claim(RUN, f"driver {number}", ttl=timedelta(seconds=15))
            return store._version()
        finally:
            store.close()

    with ThreadPoolExecutor(8) as pool:
        assert set(pool.map(opened, range(20 * 16))) == {len(migrations("sqlite"))}


@pytest.mark.parametrize("version", range(1, len(migrations("sqlite"))))
def test_every_earlier_schema_is_brought_up_to_date(tmp_path: Path, version: int) -> None:
    """With what lies in it: the log goes on where it ended, and what is new works."""
    connection = sqlite3.connect(tmp_path / "runs.sqlite")
    for script in migrations("sqlite")[:version]:
        connection.executescript(script)
    row = (str(RUN), RUN.pipeline, RUN.logical_date.isoformat(), RUN.generation)
    connection.execute("INSERT INTO runs VALUES (?, ?, ?, ?)", row)
    connection.execute("INSERT INTO events VALUES (?, 1, ?)", (str(RUN), codec.encode(OPENED)))
    connection.execute(f"PRAGMA user_version = {version}")
    connection.commit()
    connection.close()
    store = SqliteStore(tmp_path / "runs.sqlite")
    store.append(RUN, 1, [OPENED])
    assert [recorded.event for recorded in store.read(RUN)] == [OPENED, OPENED]
    store.move_cursor(RUN, "webhook", 2)
    assert store.cursor(RUN, "webhook") == 2
    store.close()


def test_newer_schema_is_refused(tmp_path: Path) -> None:
    """With a message that says what to do, and without touching it."""
    path = tmp_path / "runs.sqlite"
    connection = sqlite3.connect(path)
    connection.execute("PRAGMA user_version = 999")
    connection.close()
    with pytest.raises(ConfigurationError, match="written by a newer nightjar \\(schema 999, this one knows 2\\)"):
        SqliteStore(path)


def test_file_that_is_no_database_is_unavailable(tmp_path: Path) -> None:
    """The message names the file."""
    path = tmp_path / "runs.sqlite"
    path.write_text("a poem" * 1000, encoding="utf-8")
    with pytest.raises(Unavailable, match=r"runs\.sqlite cannot be used: file is not a database"):
        SqliteStore(path)


def test_folder_that_cannot_be_made_is_unavailable(tmp_path: Path) -> None:
    """A file stands where the folder should be."""
    (tmp_path / "state").touch()
    with pytest.raises(Unavailable, match="state"):
        SqliteStore(tmp_path / "state" / "runs.sqlite")


def test_failed_append_leaves_the_store_usable(tmp_path: Path) -> None:
    """A transaction that could not be finished is taken back."""
    store = SqliteStore(tmp_path / "runs.sqlite")
    store._connection.execute("CREATE TRIGGER full BEFORE INSERT ON events BEGIN SELECT RAISE(ABORT, 'full'); END")
    with pytest.raises(Unavailable, match="full"):
        store.append(RUN, 0, [OPENED])
    store._connection.execute("DROP TRIGGER full")
    assert store.read(RUN) == ()
    assert len(store.append(RUN, 0, [OPENED])) == 1
    store.close()


@contextlib.contextmanager
def full_database(store: SqliteStore) -> Iterator[None]:
    """No page can be added to the file."""
    (pages,) = store._connection.execute("PRAGMA page_count").fetchone()
    store._connection.execute(f"PRAGMA max_page_count = {pages}")
    yield
    store._connection.execute("PRAGMA max_page_count = 1000000")


@contextlib.contextmanager
def full_disk(store: SqliteStore) -> Iterator[None]:
    """The kernel refuses to let any file of this process grow beyond what the log beside the database is now."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (Path(f"{store._path}-wal").stat().st_size + 6000, hard))
    yield
    resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


@pytest.mark.parametrize("full", [full_database, full_disk])
def test_append_for_which_there_is_no_space_is_unavailable(
    tmp_path: Path, full: Callable[[SqliteStore], contextlib.AbstractContextManager[None]]
) -> None:
    """It says what to do and leaves the log as it was; once there is space the same store goes on."""
    store = SqliteStore(tmp_path / "runs.sqlite")
    store.append(RUN, 0, [OPENED])
    with full(store):
        with pytest.raises(Unavailable, match=r"runs\.sqlite cannot be used: .* space"):
            store.append(RUN, 1, [OPENED] * 50)
        assert len(store.read(RUN)) == 1
    store.append(RUN, 1, [OPENED] * 50)
    assert [recorded.seq for recorded in store.read(RUN)] == list(range(1, 52))
    store.close()
