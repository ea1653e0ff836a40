"""The programs that a local run starts: each in a session of its own, none outlives the run.

A terminal's Ctrl-C reaches this program alone, so that the parts are stopped in an order that loses nothing. Should
this program be killed, the kernel ends the parts (`PR_SET_PDEATHSIG`).
"""

from __future__ import annotations

import ctypes
import os
import pathlib
import select
import signal
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

_PR_SET_PDEATHSIG = 1
_BUBBLEWRAP = "NIGHTJAR_BUBBLEWRAP"
_LIBC = ctypes.CDLL(None, use_errno=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Child:
    """A part that runs, by the name that people know it by."""

    name: str
    process: subprocess.Popen[bytes]

    def stop(self, *, patience: float) -> int:
        """Ask it to end, wait `patience` seconds, then end it; its exit code."""
        if self.process.poll() is None:
            self.process.terminate()
        try:
            return self.process.wait(patience)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return self.process.wait()


def start(
    name: str, command: Sequence[str | pathlib.Path], *, log: pathlib.Path | None, environ: Mapping[str, str]
) -> Child:
    """Start a part; what it says goes to `log`, or where this program's goes."""
    stream = log.open("wb") if log is not None else None
    try:
        process = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=stream,
            stderr=stream,
            start_new_session=True,
            preexec_fn=_die_with_parent,  # noqa: PLW1509 - this program has one thread when it starts its parts.
        )
    finally:
        if stream is not None:
            stream.close()
    return Child(name=name, process=process)


def program(name: str) -> pathlib.Path:
    """A file of the build that the target names in the environment."""
    return pathlib.Path(os.environ[name]).absolute()


def environ() -> dict[str, str]:
    """This process's environment without the settings that nightjar's programs would take for theirs: they get flags.

    Bubblewrap stays, which the build names.
    """
    own = {name: value for name, value in os.environ.items() if not name.startswith("NIGHTJAR_")}
    return own | {name: str(program(name)) for name in (_BUBBLEWRAP,) if name in os.environ}


def first_to_end(pids: Mapping[int, str], *, patience: float | None = None) -> str | None:
    """Wait until one of the processes ends; its name, or None if none did in `patience` seconds."""
    poll = select.poll()
    names: dict[int, str] = {}
    try:
        for pid, name in pids.items():
            try:
                descriptor = os.pidfd_open(pid)
            except ProcessLookupError:
                return name
            names[descriptor] = name
            poll.register(descriptor, select.POLLIN)
        ended = poll.poll(None if patience is None else patience * 1000)
        return names[ended[0][0]] if ended else None
    finally:
        for descriptor in names:
            os.close(descriptor)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
