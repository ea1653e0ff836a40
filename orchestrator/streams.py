"""Standard output and error as they are given: closed, full, of a poor encoding, or with nobody left who reads.

None of this is a defect, and none of it may change how a run ends.
"""

from __future__ import annotations

import errno
import io
import os
import sys

from orchestrator.core.errors import Unavailable
from orchestrator.exits import ExitCode


def prepare() -> None:
    """Whatever the caller closed is written to nowhere, and what a stream cannot encode is replaced."""
    for name in ("stdout", "stderr"):
        if getattr(sys, name) is None:
            setattr(sys, name, open(os.devnull, "w", encoding="utf-8"))  # noqa: PTH123, SIM115  (for the whole process)
        if isinstance(stream := getattr(sys, name), io.TextIOWrapper):
            stream.reconfigure(errors="replace")


def show(text: str) -> None:
    """Write to standard output. Raises BrokenPipeError if nobody reads it, Unavailable if it cannot be written."""
    try:
        sys.stdout.write(text)
    except BrokenPipeError:
        raise
    except OSError as err:
        raise Unavailable(_unwritable(err)) from err


def flushed(code: ExitCode) -> ExitCode:
    """Bring the output out. Whoever has read enough of it changes nothing; one that cannot be written is told."""
    try:
        sys.stdout.flush()
    except OSError as err:
        # Without this the interpreter would complain at its end.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        if err.errno not in (errno.EPIPE, errno.EIO) and code is ExitCode.DONE:
            print(_unwritable(err), file=sys.stderr)
            return ExitCode.AGAIN
    return code


def _unwritable(err: OSError) -> str:
    return f"The output cannot be written: {err.strerror}."
