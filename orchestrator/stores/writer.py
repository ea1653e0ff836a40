"""Names of appends, so that a writer whose answer was lost can tell its own append from another's.

They are derived, never drawn: from where, by which thread and when a store was opened, and a count.
"""

from __future__ import annotations

import itertools
import os
import socket
import threading
import time


class Writer:
    """One opened store. No other has or had its names."""

    def __init__(self) -> None:
        place = os.environ.get("CLOUD_RUN_EXECUTION") or socket.gethostname()
        self._name = f"{place}-{threading.get_native_id()}-{time.time_ns()}"
        self._count = itertools.count(1)

    def next(self) -> str:
        """A name that was not given before."""
        return f"{self._name}-{next(self._count)}"
