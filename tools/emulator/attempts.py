"""Attempts of tasks as processes: started under a supervisor that outlives the emulator, found again, ended, told.

What one leaves lies in `STATE/attempts/EXECUTION/INDEX/ATTEMPT/`. The supervisor is the orchestrator's own; this module
adds what a platform does to a running container: its memory is looked at, it is killed for that, or stopped for a
while. It must never start an attempt twice, nor tell the end of one of which anything runs.
"""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path

from orchestrator.runners import supervisor, supervisors, traces
from orchestrator.runners.layouts import ImageError
from orchestrator.runners.supervisors import Supervisor
from tools.emulator.programs import MARKER, Programs, Shard
from tools.emulator.records import Ending, Result
from tools.emulator.secrets import SecretError
from tools.emulator.wire import Message, seconds

_SWEEP = 1.0
_PAGE = os.sysconf("SC_PAGE_SIZE")


class NotStarted(Exception):  # noqa: N818 - as the orchestrator's own.
    """The attempt does not run and will not; `result` says why."""

    def __init__(self, result: Result) -> None:
        super().__init__(result.detail)
        self.result = result


@dataclass(frozen=True, slots=True, kw_only=True)
class Handle:
    """An attempt that was started."""

    shard: Shard
    directory: Path
    supervisor: Supervisor


@dataclass(frozen=True, slots=True, kw_only=True)
class Ended:
    """How an attempt ended, and when if that is known."""

    result: Result
    at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Attempts:
    """See the module. `grace` is between SIGTERM and SIGKILL."""

    folder: Path
    programs: Programs
    grace: timedelta

    def start(self, shard: Shard, template: Message) -> Handle:
        """Start an attempt, or find it if it was started. Raises NotStarted."""
        directory = self.directory(shard)
        try:
            directory.mkdir(parents=True, exist_ok=True, mode=0o700)
            with (directory / traces.LOCK).open("a") as lock:
                if traces.acquire(directory, lock.fileno()):
                    with self.programs.program(shard, template) as program:
                        request = {
                            "command": program.command,
                            "contained": program.contained,
                            "indices": [shard.index],
                            "count": shard.count,
                            "home": not program.contained,
                            "parallelism": 1,
                            "timeout": seconds(template.timeout).total_seconds(),
                            "grace": self.grace.total_seconds(),
                            "marker": _marker(shard),
                            "environment": program.environment,
                        }
                        started = supervisors.spawn(directory, request, lock=lock.fileno(), hold=program.hold)
                    return Handle(shard=shard, directory=directory, supervisor=started)
        except ImageError as err:
            raise NotStarted(Result(ending=Ending.IMAGE, detail=str(err))) from err
        except SecretError as err:
            raise NotStarted(Result(ending=Ending.SECRET, detail=str(err))) from err
        except OSError as err:
            raise NotStarted(Result(ending=Ending.LOST, detail=f"The container could not be started: {err}")) from err
        return self._found(shard, directory)

    def find(self, shard: Shard) -> Handle | None:
        """The attempt, if it ever was started, by whichever emulator."""
        directory = self.directory(shard)
        identity = traces.identity(directory)
        if identity is None:
            return None
        return Handle(shard=shard, directory=directory, supervisor=supervisors.watch(identity))

    def ended(self, handle: Handle) -> Ended | None:
        """How an attempt ended; None while anything of it runs. After an end the handle is void."""
        if supervisors.lives(handle.supervisor, handle.directory):
            return None
        status = traces.status(handle.directory)
        if status is None and supervisor.sweep(_marker(handle.shard), patience=_SWEEP):
            return None
        supervisors.forget(handle.supervisor)
        shutil.rmtree(handle.directory / "scratch", ignore_errors=True)
        if status is None:
            return Ended(result=Result(ending=Ending.LOST))
        (task,) = status.tasks
        return Ended(result=_result(task.exit, timed_out=task.timed_out, stopped=status.stopped), at=status.ended)

    def terminate(self, handle: Handle) -> None:
        """SIGTERM now, SIGKILL after the grace."""
        # A supervisor that has not written who it is would die of the signal without a word.
        traces.identity(handle.directory)
        if handle.supervisor.watch is not None:
            with contextlib.suppress(ProcessLookupError):  # It has just ended.
                signal.pidfd_send_signal(handle.supervisor.watch, signal.SIGTERM)

    def signal(self, handle: Handle, number: signal.Signals) -> bool:
        """Send a signal to every process of the attempt; False if there is none yet."""
        processes = self._processes(handle)
        for pid in processes:
            with contextlib.suppress(ProcessLookupError):  # It has just ended.
                os.kill(pid, number)
        return bool(processes)

    def memory(self, handle: Handle) -> int:
        """The bytes that the attempt's processes have in memory."""
        return sum(_resident(pid) for pid in self._processes(handle))

    def directory(self, shard: Shard) -> Path:
        """Where an attempt leaves what it leaves."""
        return self.folder / str(shard)

    def forget(self, execution: str) -> None:
        """Remove what the attempts of an execution left."""
        shutil.rmtree(self.folder / execution, ignore_errors=True)

    def _found(self, shard: Shard, directory: Path) -> Handle:
        found = self.find(shard)
        if found is None:
            detail = f"The supervisor did not start; see {directory / 'supervisor.log'}"
            raise NotStarted(Result(ending=Ending.LOST, detail=detail))
        return found

    def _processes(self, handle: Handle) -> list[int]:
        """The attempt's processes without its supervisor and bubblewrap, parents first."""
        found = []
        for child in supervisor.children(handle.supervisor.pid):
            below = list(_below(child))
            found += below if _is_bubblewrap(child) else [child, *below]
        return found


def _below(pid: int) -> Iterator[int]:
    for child in supervisor.children(pid):
        yield child
        yield from _below(child)


def _is_bubblewrap(pid: int) -> bool:
    """Whether this process made the container: it is the last one outside of the new PID namespace."""
    children = supervisor.children(pid)
    return bool(children) and _namespace(children[0]) != _namespace(pid)


def _namespace(pid: int) -> str:
    try:
        return os.readlink(f"/proc/{pid}/ns/pid")  # noqa: PTH115 - it is a name, not a path.
    except OSError:
        return ""


def _resident(pid: int) -> int:
    try:
        return int(Path(f"/proc/{pid}/statm").read_text(encoding="ascii").split()[1]) * _PAGE
    except (FileNotFoundError, ProcessLookupError):
        return 0


def _result(exit_: int | None, *, timed_out: bool, stopped: bool) -> Result:
    code = exit_ or 0
    if stopped:
        return Result(ending=Ending.CANCELLED, code=code)
    if timed_out:
        return Result(ending=Ending.TIMEOUT, code=code)
    if code < 0:
        return Result(ending=Ending.SIGNAL, code=code)
    return Result(ending=Ending.EXIT if code else Ending.SUCCESS, code=code)


def _marker(shard: Shard) -> str:
    return f"{MARKER}={shard}"
