"""The process `nightjar`: its exit code is that of the command, also when nobody listens to it any more."""

from __future__ import annotations

import os
import sys
from typing import TextIO

from orchestrator.cli import main


def _let_go(stream: TextIO) -> None:
    """Drop what cannot be written to a reader that is gone; the interpreter would end with 120 for it."""
    try:
        stream.flush()
    except OSError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), stream.fileno())


if __name__ == "__main__":
    code = main()
    _let_go(sys.stdout)
    _let_go(sys.stderr)
    sys.exit(code)
