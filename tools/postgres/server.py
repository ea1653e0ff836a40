"""A private PostgreSQL for tests and the local run: started in about a second, gone with whoever started it.

It listens on 127.0.0.1 alone and wants a random password, kept in its folder. It dies with the thread that started it,
also by kill -9: bubblewrap and its process namespace see to that, so there are no orphans to look for. Two servers on
one folder cannot be: a lock on it is held by the server's own processes. Read on in `programs`.
"""

from __future__ import annotations

import fcntl
import json
import os
import pathlib
import secrets
import shutil
import signal
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Final

from tools.postgres.programs import PostgresError, Programs

USER: Final = "nightjar"
START_SECONDS: Final = 60.0
STOP_SECONDS: Final = 30.0
_LOCK_SECONDS: Final = 20.0
_TRIES: Final = 5

_SETTINGS: Final = (
    "listen_addresses=127.0.0.1",
    "unix_socket_directories=",
    "max_connections=40",
    "shared_buffers=32MB",
    "io_method=sync",
    "wal_level=minimal",
    "max_wal_senders=0",
    "timezone=UTC",
    "log_timezone=UTC",
)
_VOLATILE: Final = ("fsync=off", "synchronous_commit=off", "full_page_writes=off")
_INITDB: Final = (
    "--pgdata=/srv/data.new",
    f"--username={USER}",
    "--pwfile=/srv/password",
    "--auth=scram-sha-256",
    "--encoding=UTF8",
    "--locale-provider=builtin",
    "--builtin-locale=C.UTF-8",
    "--locale=C",
    "--no-instructions",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Server:
    """A running server. `dsn` has the password in it."""

    dsn: str
    port: int
    log: pathlib.Path
    pid: int


@contextmanager
def server(folder: pathlib.Path, *, durable: bool = False, programs: Programs | None = None) -> Iterator[Server]:
    """A server whose data lie in `folder`, made at the first call, stopped at the end of the block.

    `durable` keeps committed data through a power cut; without it a start is quicker and a crash of the machine may
    cost the folder. Raises PostgresError when it does not start.
    """
    found = programs or Programs.find()
    folder = folder.resolve()
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with (folder / "lock").open("w") as lock:
        _lock(lock, folder)
        if not (folder / "data").is_dir():
            _initialize(found, folder, lock, durable=durable)
        process, running = _start(found, folder, lock, durable=durable)
        try:
            yield running
        finally:
            _stop(process, running)


def _lock(lock: IO[str], folder: pathlib.Path) -> None:
    """Wait a little: a server whose starter was killed is gone a moment later."""
    deadline = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > deadline:
                raise PostgresError(f"another server uses {folder}: stop it or name another folder") from None
            time.sleep(0.05)
        else:
            return


def _initialize(programs: Programs, folder: pathlib.Path, lock: IO[str], *, durable: bool) -> None:
    """Make the data folder under another name first, so that one that is there is whole."""
    shutil.rmtree(folder / "data.new", ignore_errors=True)
    password = folder / "password"
    password.touch(mode=0o600)
    password.write_text(secrets.token_urlsafe(24), encoding="ascii")
    command = programs.command("initdb", *_INITDB, *(() if durable else ("--no-sync",)), folder=folder)
    done = subprocess.run(command, capture_output=True, text=True, check=False, pass_fds=[lock.fileno()])
    if done.returncode != 0:
        raise PostgresError(f"initdb failed with {done.returncode}:\n{done.stdout}{done.stderr}{_remedy(done.stderr)}")
    (folder / "data.new").rename(folder / "data")


def _start(
    programs: Programs, folder: pathlib.Path, lock: IO[str], *, durable: bool
) -> tuple[subprocess.Popen[bytes], Server]:
    """Start on a free port; another process may take that port first, then on another."""
    log = folder / "log"
    for _ in range(_TRIES):
        port = _free_port()
        process, pid = _spawn(programs, folder, lock, settings=_settings(port, durable=durable))
        running = Server(dsn=_dsn(folder, port), port=port, log=log, pid=pid)
        try:
            if _wait_until_ready(process, folder):
                return process, running
        except BaseException:
            _stop(process, running)
            raise
        process.wait()
        if "Address already in use" not in _tail(log):
            break
    raise PostgresError(f"PostgreSQL did not start; the end of {log}:\n{_tail(log)}{_remedy(_tail(log))}")


def _spawn(
    programs: Programs, folder: pathlib.Path, lock: IO[str], *, settings: list[str]
) -> tuple[subprocess.Popen[bytes], int]:
    """Start the server and learn its process id, which bubblewrap writes into a pipe."""
    # What a killed server left behind; the lock says that there is none now.
    (folder / "data" / "postmaster.pid").unlink(missing_ok=True)
    reader, writer = os.pipe()
    options = ("--info-fd", str(writer))
    arguments = ["-D", "/srv/data", *(part for setting in settings for part in ("-c", setting))]
    command = programs.command("postgres", *arguments, folder=folder, options=options)
    with os.fdopen(reader, encoding="ascii") as info, (folder / "log").open("wb") as log:
        try:
            process = subprocess.Popen(
                command, stdin=subprocess.DEVNULL, stdout=log, stderr=log, pass_fds=[writer, lock.fileno()],
                start_new_session=True,
            )  # fmt: skip
        finally:
            os.close(writer)
        text = info.read()
    return process, json.loads(text)["child-pid"] if text else process.pid


def _wait_until_ready(process: subprocess.Popen[bytes], folder: pathlib.Path) -> bool:
    """Whether the server came up; it writes its state into the last line of postmaster.pid."""
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None:
        try:
            lines = (folder / "data" / "postmaster.pid").read_text(encoding="ascii").splitlines()
        except FileNotFoundError:
            lines = []
        if lines and lines[-1].strip() == "ready":
            return True
        if time.monotonic() > deadline:
            raise PostgresError(f"PostgreSQL did not come up within {START_SECONDS:g} s:\n{_tail(folder / 'log')}")
        time.sleep(0.01)
    return False


def _stop(process: subprocess.Popen[bytes], running: Server) -> None:
    """Fast shutdown: sessions are ended, a checkpoint is written."""
    try:
        os.kill(running.pid, signal.SIGINT)
        process.wait(STOP_SECONDS)
    except ProcessLookupError:
        process.wait()
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()


def _settings(port: int, *, durable: bool) -> list[str]:
    return [*_SETTINGS, f"port={port}", *(() if durable else _VOLATILE)]


def _dsn(folder: pathlib.Path, port: int) -> str:
    password = (folder / "password").read_text(encoding="ascii")
    return f"postgresql://{USER}:{password}@127.0.0.1:{port}/postgres"


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _tail(log: pathlib.Path) -> str:
    return "\n".join(log.read_text(encoding="utf-8", errors="replace").splitlines()[-20:])


def _remedy(text: str) -> str:
    if "bwrap" not in text and "uid map" not in text:
        return ""
    return "\nbubblewrap needs user namespaces: run as root, or allow them (sysctl kernel.unprivileged_userns_clone=1)."
