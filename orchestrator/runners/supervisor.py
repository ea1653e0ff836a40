"""Runs one attempt's tasks as processes, and outlives the orchestrator that asked for it.

Started as a program of its own (`python -s -S -P -B -m MODULE DIRECTORY LOCK [HOLD]`) in a session of its own, with
the request as JSON on standard input, so that secrets never reach the disk. It must import little, and nothing of this
repository. In DIRECTORY it writes who it is (`supervisor.json`), what the tasks say (`task-N.stdout`, `task-N.stderr`),
how many have ended (`progress`) and, last, how all ended (`status.json`): by rename, so each is whole or absent. LOCK
is a descriptor with an exclusive lock that ends with this process: nobody else can run the attempt meanwhile. HOLD is
one with a lock on the image that the tasks run from: nobody removes it meanwhile.

It treats tasks as the platform would: at most `parallelism` at once, SIGTERM at the timeout, SIGKILL 10 s later, no
task cut short because another failed, nothing left running at the end. `process.py` is the other side.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import signal
import sys
import time

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, NoReturn

IDENTITY = "supervisor.json"
PROGRESS = "progress"
STATUS = "status.json"

_PR_SET_PDEATHSIG = 1
_WATCHED = (signal.SIGCHLD, signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
_STOPS = (signal.SIGTERM, signal.SIGINT)
_LONG = 3600.0
_KILLED = 128


def start_ticks(pid: int) -> int | None:
    """When a process started, in clock ticks since boot: with its pid this tells it from a later one."""
    try:
        with open(f"/proc/{pid}/stat", "rb") as file:  # noqa: PTH123  (pathlib costs the supervisor 10 ms)
            stat = file.read()
    except (FileNotFoundError, ProcessLookupError):
        return None
    fields = stat[stat.rindex(b")") + 2 :].split()
    return None if fields[0] in {b"Z", b"X"} else int(fields[19])


def boot() -> str:
    """Identity of this boot of the machine: pids and ticks mean nothing in another."""
    with open("/proc/sys/kernel/random/boot_id", encoding="ascii") as file:  # noqa: PTH123
        return file.read().strip()


def sweep(marker: str, *, patience: float) -> list[int]:
    """Kill every process that carries the marker (`NAME=VALUE`) in its environment; the pids that would not die.

    This finds the descendants of a task that a dead supervisor or a process group no longer leads to.
    """
    give_up = time.monotonic() + patience
    while strays := [pid for pid in _pids() if pid != os.getpid() and _carries(pid, marker.encode())]:
        if time.monotonic() > give_up:
            return strays
        for pid in strays:
            _signal(os.kill, pid, signal.SIGKILL)
        time.sleep(0.01)
    return []


def _pids() -> list[int]:
    return [int(name) for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208


def _carries(pid: int, marker: bytes) -> bool:
    try:
        with open(f"/proc/{pid}/environ", "rb") as file:  # noqa: PTH123
            return marker in file.read().split(b"\0")
    except (FileNotFoundError, ProcessLookupError, PermissionError):
        return False  # It has ended, or it is another user's and so no task of ours.


def _signal(send: Any, target: int, number: int) -> None:
    with contextlib.suppress(ProcessLookupError):  # It has ended, which is what was wanted.
        send(target, number)


def _terminate_inside(pid: int) -> bool:
    """Ask the program that bubblewrap (`pid`) runs to end; False if there is none yet.

    bubblewrap itself would die of the signal, and take its program along without a word.
    """
    for child in children(pid):
        try:
            descriptor = os.pidfd_open(child)
        except ProcessLookupError:
            continue
        try:
            # Its number may have become another's before it was opened, but not since.
            if child in children(pid):
                with contextlib.suppress(ProcessLookupError):
                    signal.pidfd_send_signal(descriptor, signal.SIGTERM)
                return True
        finally:
            os.close(descriptor)
    return False


def children(pid: int) -> list[int]:
    """The processes that a process has started and that have not been reaped."""
    try:
        with open(f"/proc/{pid}/task/{pid}/children", encoding="ascii") as file:  # noqa: PTH123
            return [int(child) for child in file.read().split()]
    except (FileNotFoundError, ProcessLookupError):
        return []


def _lead_a_group(pid: int) -> None:
    """Done by parent and child alike, so that the group is there for both whoever comes first."""
    # The child may have executed its program already, or be gone: then it has done so itself.
    with contextlib.suppress(PermissionError, ProcessLookupError):
        os.setpgid(pid, pid)


def _write(directory: str, name: str, value: object) -> None:
    """Write a file whole or not at all, durably."""
    path = os.path.join(directory, name)  # noqa: PTH118
    with open(path + ".part", "w", encoding="utf-8") as file:  # noqa: PTH123
        json.dump(value, file)
        file.flush()
        os.fsync(file.fileno())
    os.rename(path + ".part", path)  # noqa: PTH104


class _Task:
    def __init__(self, index: int, *, timeout: float) -> None:
        self.index = index
        self.deadline = time.monotonic() + timeout
        self.terminated = False
        self.timed_out = False


class _Supervisor:
    def __init__(self, directory: str, request: dict[str, Any]) -> None:
        self._directory = directory
        self._request = request
        self._libc = ctypes.CDLL(None, use_errno=True)
        self._waiting: list[int] = list(request["indices"])
        self._running: dict[int, _Task] = {}
        self._exits: dict[int, dict[str, object]] = {}
        self._stopped = False

    def run(self) -> None:
        """Run every task to its end and say how they ended."""
        while self._running or (self._waiting and not self._stopped):
            self._fill()
            received = signal.sigtimedwait(_WATCHED, self._patience())
            if received is not None and received.si_signo in _STOPS:
                self._stop()
            self._reap()
            self._enforce()
        sweep(self._request["marker"], patience=_LONG)
        tasks = [self._exits.get(index, {"index": index, "exit": None}) for index in self._request["indices"]]
        status = {"format": 1, "ended": time.time(), "stopped": self._stopped, "tasks": tasks}
        _write(self._directory, STATUS, status)

    def _fill(self) -> None:
        while self._waiting and not self._stopped and len(self._running) < self._request["parallelism"]:
            index = self._waiting.pop(0)
            self._running[self._spawn(index)] = _Task(index, timeout=self._request["timeout"])

    def _patience(self) -> float:
        nearest = min((task.deadline for task in self._running.values()), default=0.0)
        return min(max(nearest - time.monotonic(), 0.0), _LONG)

    def _stop(self) -> None:
        self._stopped = True
        for pid, task in self._running.items():
            self._terminate(pid, task)

    def _enforce(self) -> None:
        now = time.monotonic()
        for pid, task in self._running.items():
            if now < task.deadline:
                continue
            if task.terminated:
                _signal(os.killpg, pid, signal.SIGKILL)
                task.deadline = now + _LONG
            else:
                task.timed_out = True
                self._terminate(pid, task)

    def _terminate(self, pid: int, task: _Task) -> None:
        if not task.terminated:
            task.terminated = True
            task.deadline = time.monotonic() + self._request["grace"]
            if not (self._request["contained"] and _terminate_inside(pid)):
                _signal(os.killpg, pid, signal.SIGTERM)

    def _reap(self) -> None:
        while self._running and (ended := os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOHANG | os.WNOWAIT)) is not None:
            # Before it is reaped its number cannot belong to anybody else.
            _signal(os.killpg, ended.si_pid, signal.SIGKILL)
            _, status = os.waitpid(ended.si_pid, 0)
            task = self._running.pop(ended.si_pid)
            code = os.waitstatus_to_exitcode(status)
            if self._request["contained"] and code > _KILLED:
                code = _KILLED - code  # bubblewrap tells a program's signal as a shell does.
            self._exits[task.index] = {"index": task.index, "exit": code, "timed_out": task.timed_out}
            if len(self._request["indices"]) > 1:
                _write(self._directory, PROGRESS, len(self._exits))

    def _spawn(self, index: int) -> int:
        scratch = os.path.join(self._directory, "scratch", str(index))  # noqa: PTH118
        os.makedirs(scratch, exist_ok=True)  # noqa: PTH103
        parent = os.getpid()
        pid = os.fork()
        if pid == 0:
            try:
                self._become_task(index, scratch=scratch, parent=parent)
            finally:
                os._exit(127)
        _lead_a_group(pid)
        return pid

    def _become_task(self, index: int, *, scratch: str, parent: int) -> NoReturn:
        _lead_a_group(0)
        self._libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        if os.getppid() != parent:
            os._exit(127)  # The supervisor died before the kernel knew that this process shall die with it.
        for name, descriptor in (("stdout", 1), ("stderr", 2)):
            path = os.path.join(self._directory, f"task-{index}.{name}")  # noqa: PTH118
            os.dup2(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o600), descriptor)
        os.dup2(os.open(os.devnull, os.O_RDONLY), 0)
        os.chdir(scratch)
        for ignored in (signal.SIGPIPE, signal.SIGXFSZ, signal.SIGHUP):
            signal.signal(ignored, signal.SIG_DFL)
        signal.pthread_sigmask(signal.SIG_SETMASK, ())
        own = {"CLOUD_RUN_TASK_INDEX": str(index), "CLOUD_RUN_TASK_COUNT": str(self._request["count"])}
        home = {"HOME": scratch, "TMPDIR": scratch} if self._request["home"] else {}
        environment = {**self._request["environment"], **own, **home}
        command = self._request["command"]
        try:
            os.execve(command[0], command, environment)  # noqa: S606  (no shell is wanted)
        except OSError as err:
            os.write(2, f"cannot start {command[0]}: {err.strerror}\n".encode())
            os._exit(126 if isinstance(err, PermissionError) else 127)


def main(directory: str, *locks: str) -> None:
    """Run the attempt that standard input describes."""
    os.chdir(directory)
    for lock in locks:
        os.set_inheritable(int(lock), False)  # noqa: FBT003  (the standard library's own signature)
    signal.pthread_sigmask(signal.SIG_BLOCK, _WATCHED)
    request = json.load(sys.stdin)
    _write(directory, IDENTITY, {"pid": os.getpid(), "start": start_ticks(os.getpid()), "boot": boot()})
    _Supervisor(directory, request).run()


if __name__ == "__main__":
    main(*sys.argv[1:])
