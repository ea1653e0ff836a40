from __future__ import annotations

import os
import pathlib
import signal
import subprocess
import sys
import time
from collections.abc import Iterator

import psycopg
import pytest

from tools.postgres.programs import PostgresError, Programs
from tools.postgres.server import server


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """One data folder for all tests of this module, which start servers on it one after the other."""
    return tmp_path_factory.mktemp("postgres")


@pytest.fixture
def started(folder: pathlib.Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A server in a process of its own, as the local run has it."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
    command = [sys.executable, "-m", "tools.postgres", "--volatile", "--folder", str(folder)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        dsn = process.stdout.readline().strip() if process.stdout else ""
        yield process, dsn
        process.kill()


def rows(dsn: str) -> int:
    with psycopg.connect(dsn) as connection:
        found = connection.execute("SELECT count(*) FROM kept").fetchone()
    return -1 if found is None else int(found[0])


def test_a_server_starts_keeps_its_data_and_stops(folder: pathlib.Path) -> None:
    """What one server committed the next one on the same folder has; after the block nobody listens any more."""
    with server(folder) as first, psycopg.connect(first.dsn) as connection:
        connection.execute("CREATE TABLE kept AS SELECT generate_series(1, 1000)")
    with pytest.raises(psycopg.OperationalError, match="refused"):
        psycopg.connect(first.dsn)
    with server(folder) as second:
        assert rows(second.dsn) == 1000


def test_it_listens_on_this_machine_alone_and_wants_its_password(folder: pathlib.Path) -> None:
    """Nobody else can come in, and who is on this machine needs the password."""
    with server(folder) as running, psycopg.connect(running.dsn) as connection:
        assert connection.execute("SHOW listen_addresses").fetchone() == ("127.0.0.1",)
        assert connection.execute("SELECT current_setting('server_version_num')::int / 10000").fetchone() == (18,)
        password = running.dsn.split(":")[2].partition("@")[0]
        with pytest.raises(psycopg.OperationalError, match="password authentication failed"):
            psycopg.connect(running.dsn.replace(password, "guess"))
    assert (folder / "password").stat().st_mode & 0o077 == 0


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_whoever_started_it_takes_it_along(
    folder: pathlib.Path, started: tuple[subprocess.Popen[str], str], number: signal.Signals
) -> None:
    """After a kill as after a stop no server is left, and the next one starts on what was committed."""
    process, dsn = started
    with psycopg.connect(dsn) as connection:
        connection.execute("CREATE TABLE IF NOT EXISTS kept AS SELECT generate_series(1, 1000)")
    process.send_signal(number)
    process.wait(30)
    with server(folder) as running:
        assert rows(running.dsn) == 1000
    with pytest.raises(psycopg.OperationalError):
        psycopg.connect(dsn)


def test_an_interrupted_first_start_is_begun_anew(tmp_path: pathlib.Path) -> None:
    """Half a data folder and a stale process id are no obstacle."""
    (tmp_path / "data.new/base").mkdir(parents=True)
    (tmp_path / "data.new/PG_VERSION").write_text("18")
    with server(tmp_path) as running:
        assert running.pid > 0
    (tmp_path / "data/postmaster.pid").write_text("1\n/srv/data\n0\n1\n\n127.0.0.1\n0 0\nready\n")
    with server(tmp_path) as running, psycopg.connect(running.dsn) as connection:
        assert connection.execute("SELECT 1").fetchone() == (1,)


def test_two_servers_on_one_folder_cannot_be(folder: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The second is refused with the folder's name, before it touches anything."""
    monkeypatch.setattr("tools.postgres.server._LOCK_SECONDS", 0.2)
    with server(folder) as first:
        with pytest.raises(PostgresError, match="another server uses"), server(folder):
            pass
        with psycopg.connect(first.dsn) as connection:
            assert connection.execute("SELECT 1").fetchone() == (1,)


def test_a_start_takes_little_time(folder: pathlib.Path) -> None:
    """Tests and people start it often."""
    began = time.monotonic()
    with server(folder):
        assert time.monotonic() - began < 5


def test_everything_that_is_missing_is_told() -> None:
    """Without the build's environment the message names both variables."""
    with pytest.raises(PostgresError) as raised:
        Programs.find({"NIGHTJAR_BUBBLEWRAP": "nowhere/bwrap", "NIGHTJAR_DEBIAN_TREE": "nowhere"})
    assert [line.partition("=")[0] for line in str(raised.value).splitlines()] == [
        "NIGHTJAR_BUBBLEWRAP",
        "NIGHTJAR_DEBIAN_TREE",
    ]
