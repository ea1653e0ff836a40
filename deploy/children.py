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


def first_to_end(pids: Mapping[int, str]) -> str:
    """Wait until one of the processes ends; its name."""
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
        ended = poll.poll()
        return names[ended[0][0]]
    finally:
        for descriptor in names:
            os.close(descriptor)


def _die_with_parent() -> None:
    _LIBC.prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
