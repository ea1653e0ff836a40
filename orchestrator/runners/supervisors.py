"""Supervisors from the side of whoever starts them: spawned, watched, and let go of.

What a supervisor does is in `supervisor`, what it leaves behind is read by `traces`. This module must never start one
that cannot be watched: it would run beside its own retry.
"""

from __future__ import annotations

import contextlib
import fcntl
import json
import os
import select
import signal
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from orchestrator.runners import supervisor, traces
from orchestrator.runners.containers import MINIMAL

_LOCK = 3
"""The descriptor under which a supervisor inherits its lock; the next one is its image's."""
_SWEEP = 1.0
_FLAGS = ("-s", "-S", "-P", "-B")
_ROOT = Path(supervisor.__file__).parents[supervisor.__name__.count(".")]
"""Where its modules are: a program that is named by its file would be compiled at each start."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Supervisor:
    """A supervisor: `watch` is a pidfd if its process can be seen, `child` is set if this process has to reap it."""

    pid: int
    watch: int | None
    child: bool = False


def spawn(directory: Path, request: Mapping[str, object], *, lock: int, hold: int | None) -> Supervisor:
    """Start a supervisor that inherits the lock, and the one on its image. Raises OSError when it does not run."""
    with contextlib.ExitStack() as stack:
        memory = os.memfd_create("request")
        stack.callback(os.close, memory)
        os.write(memory, json.dumps(request).encode())
        os.lseek(memory, 0, os.SEEK_SET)
        log = stack.enter_context((directory / "supervisor.log").open("ab"))
        wanted = [memory, log.fileno(), log.fileno(), lock, *([] if hold is None else [hold])]
        locks = [str(number) for number in range(_LOCK, len(wanted))]
        pid = os.posix_spawn(
            sys.executable,
            [sys.executable, *_FLAGS, "-m", supervisor.__name__, str(directory), *locks],
            _interpreter(),
            file_actions=_inherited(stack, wanted),
            setsid=True,
        )
    try:
        return Supervisor(pid=pid, watch=os.pidfd_open(pid), child=True)
    except OSError:
        os.kill(pid, signal.SIGKILL)
        os.waitpid(pid, 0)
        supervisor.sweep(str(request["marker"]), patience=_SWEEP)
        raise


def watch(identity: traces.Identity) -> Supervisor:
    """Watch the very process that wrote this identity, not a later one with its pid."""
    unseen = Supervisor(pid=identity.pid, watch=None)
    if identity.boot != supervisor.boot():
        return unseen
    try:
        descriptor = os.pidfd_open(identity.pid)
    except ProcessLookupError:
        return unseen
    if supervisor.start_ticks(identity.pid) != identity.start:
        os.close(descriptor)
        return unseen
    return replace(unseen, watch=descriptor)


def lives(of: Supervisor, directory: Path) -> bool:
    """Whether it runs, also where its process cannot be seen."""
    if of.watch is None:
        return traces.locked(directory)
    poll = select.poll()
    poll.register(of.watch, select.POLLIN)
    return not poll.poll(0)


def forget(of: Supervisor) -> None:
    """Let go of it, whether it runs or not."""
    if of.watch is not None:
        os.close(of.watch)
    if of.child:
        os.waitpid(of.pid, os.WNOHANG)


def _inherited(stack: contextlib.ExitStack, descriptors: Sequence[int]) -> list[tuple[int, int, int]]:
    """The actions that give a new process these descriptors as 0, 1, 2 …, whatever numbers they have here."""
    # First out of the way of the numbers that are given out, or one would overwrite another.
    copies = [fcntl.fcntl(each, fcntl.F_DUPFD_CLOEXEC, len(descriptors)) for each in descriptors]
    for copy in copies:
        stack.callback(os.close, copy)
    return [(os.POSIX_SPAWN_DUP2, copy, number) for number, copy in enumerate(copies)]


def _interpreter() -> dict[str, str]:
    """The little that the interpreter itself may need to start."""
    inherited = {name: os.environ[name] for name in ("PYTHONHOME",) if name in os.environ}
    return {**MINIMAL, "PYTHONPATH": str(_ROOT), **inherited}
