"""What an attempt leaves in its directory, read from the orchestrator's side; `supervisor.py` writes it."""

from __future__ import annotations

import datetime as dt
import fcntl
import json
import time
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from orchestrator.core.errors import Unavailable
from orchestrator.runners import supervisor
from orchestrator.runners.verdict import TaskExit

LOCK = "lock"
CANCEL = "cancel"
_PATIENCE = 10.0
_NAP = 0.01


@dataclass(frozen=True, slots=True, kw_only=True)
class Identity:
    """Which process an attempt's supervisor is."""

    pid: int
    start: int
    boot: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """How an attempt's tasks ended; `stopped` when somebody ended it."""

    ended: datetime
    stopped: bool
    tasks: tuple[TaskExit, ...]


def identity(directory: Path) -> Identity | None:
    """Who the supervisor is or was; None if there certainly never was one."""
    if not directory.exists():
        return None
    give_up = time.monotonic() + _PATIENCE
    while True:
        free = not locked(directory)
        # Only after the lock was seen free does an absent identity mean that nobody is about to write it.
        if (found := _read(directory / supervisor.IDENTITY)) is not None:
            return Identity(**found)
        if free:
            return None
        _nap(directory, give_up)


def acquire(directory: Path, lock: int) -> bool:
    """Take the right to start the attempt's supervisor; False when it was started before."""
    give_up = time.monotonic() + _PATIENCE
    while True:
        taken = _flock(lock, fcntl.LOCK_EX)
        if (directory / supervisor.IDENTITY).exists():
            return False
        if taken:
            return True
        _nap(directory, give_up)


def locked(directory: Path) -> bool:
    """Whether a supervisor of the attempt lives, or is being started, in whatever container of this machine."""
    with (directory / LOCK).open("a") as lock:
        return not _flock(lock.fileno(), fcntl.LOCK_SH)


def progress(directory: Path) -> int:
    """How many tasks have ended; written for attempts of several tasks only."""
    found = _read(directory / supervisor.PROGRESS)
    return found if isinstance(found, int) else 0


def status(directory: Path) -> Status | None:
    """How the tasks ended; None if the supervisor did not come to write it."""
    found = _read(directory / supervisor.STATUS)
    if found is None:
        return None
    tasks = tuple(
        TaskExit(index=task["index"], exit=task["exit"], timed_out=task.get("timed_out", False))
        for task in found["tasks"]
    )
    return Status(ended=datetime.fromtimestamp(found["ended"], tz=dt.UTC), stopped=found["stopped"], tasks=tasks)


def _nap(directory: Path, give_up: float) -> None:
    if time.monotonic() > give_up:
        raise Unavailable(f"{directory}: somebody holds its lock and does not start its supervisor")
    time.sleep(_NAP)


def _flock(lock: int, kind: int) -> bool:
    try:
        fcntl.flock(lock, kind | fcntl.LOCK_NB)
    except BlockingIOError:
        return False
    return True


def _read(path: Path) -> Any:
    try:
        return json.loads(path.read_bytes())
    except FileNotFoundError:
        return None
