"""Requests to stop: SIGTERM and SIGINT become a reason that the loop reads, and wake whatever waits.

The second Ctrl-C is left to the system and ends the process at once; the log is as good as after a crash.
"""

from __future__ import annotations

import os
import signal
from types import FrameType

_STOPS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)


class SignalInterrupt:
    """See `ports.Interrupt`. Installs its handlers; only the main thread may make one."""

    def __init__(self) -> None:
        self.reason = ""
        self._read, self._write = os.pipe()
        for number in _STOPS:
            signal.signal(number, self._stop)

    def fileno(self) -> int:
        """See `ports.Interrupt`: readable for ever once a stop is requested."""
        return self._read

    def _stop(self, number: int, _frame: FrameType | None) -> None:
        if not self.reason:
            self.reason = signal.Signals(number).name
            os.write(self._write, b"!")
        signal.signal(signal.SIGINT, signal.SIG_DFL)
