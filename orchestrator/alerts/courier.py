"""The thread that brings one webhook its alerts, one after the other, so that nobody else waits for it.

It knows no store and logs nothing: what became of an alert it reports to a queue that the engine's thread reads.
"""

from __future__ import annotations

import contextlib
import enum
import queue
import threading
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from orchestrator.alerts.alert import Alert
from orchestrator.alerts.sink import Closed, NotNow, Refused, Sink

ROUNDS: Final = 5
"""How often an alert is sent in all; each time the sink itself tries for a while."""
FIRST_PAUSE: Final = timedelta(minutes=1)
"""Between the first two rounds; it doubles."""


class End(enum.Enum):
    """What became of an alert. TROUBLED is not the end: it is tried again."""

    TOLD = enum.auto()
    TROUBLED = enum.auto()
    PASSED_OVER = enum.auto()
    REFUSED = enum.auto()
    CLOSED = enum.auto()


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """Of which courier, of which alert, what, and why."""

    courier: str
    alert: Alert
    end: End
    reason: str = ""


class Courier:
    """Give it an alert when it has reported the end of the last one; its queue holds one."""

    def __init__(
        self, name: str, sink: Sink, reports: queue.SimpleQueue[Report], *, first_pause: timedelta = FIRST_PAUSE
    ) -> None:
        self.name = name
        self._sink = sink
        self._reports = reports
        self._pause = first_pause.total_seconds()
        self._stopping = threading.Event()
        self._inbox: queue.Queue[Alert | None] = queue.Queue(maxsize=1)
        # A daemon, so that a receiver that hangs cannot keep the process.
        self._thread = threading.Thread(target=self._work, name=f"alerts to {name}", daemon=True)
        self._thread.start()

    def give(self, alert: Alert) -> None:
        """Take an alert and return at once."""
        self._inbox.put_nowait(alert)

    def stop(self) -> None:
        """Try nothing again, and end soon."""
        self._stopping.set()
        # What was not begun is not begun any more.
        with contextlib.suppress(queue.Empty):
            self._inbox.get_nowait()
        self._inbox.put_nowait(None)

    def _work(self) -> None:
        while (alert := self._inbox.get()) is not None:
            for end, reason in self._deliver(alert):
                self._reports.put(Report(courier=self.name, alert=alert, end=end, reason=reason))

    def _deliver(self, alert: Alert) -> Iterator[tuple[End, str]]:
        for number in range(ROUNDS):
            if number and self._stopping.wait(self._pause * 2 ** (number - 1)):
                return
            end, reason = self._try(alert)
            if end is not End.TROUBLED:
                yield end, reason
                return
            if number == 0:
                yield end, reason
        yield End.PASSED_OVER, reason

    def _try(self, alert: Alert) -> tuple[End, str]:
        try:
            self._sink.send(alert, stopping=self._stopping)
        except NotNow as err:
            return End.TROUBLED, str(err)
        except Refused as err:
            return End.REFUSED, str(err)
        except Closed as err:
            return End.CLOSED, str(err)
        except Exception as err:  # noqa: BLE001  (it is reported; its text could hold the address)
            return End.TROUBLED, f"a defect, {type(err).__name__}"
        return End.TOLD, ""
