"""What a sink of alerts promises, and the three ways in which it can fail: one for each reaction."""

from __future__ import annotations

import threading
from typing import Protocol

from orchestrator.alerts.alert import Alert


class Undelivered(Exception):  # noqa: N818  (it says what happened to the alert)
    """An alert did not reach its receiver. The text is a reason for people and never holds an address."""


class NotNow(Undelivered):
    """It may work later. `after` is how many seconds the receiver asks to wait."""

    def __init__(self, reason: str, *, after: float | None = None) -> None:
        super().__init__(reason)
        self.after = after


class Refused(Undelivered):
    """The receiver does not take this alert, however often it is sent."""


class Closed(Undelivered):
    """The receiver takes nothing under this address."""


class Sink(Protocol):
    """Somebody who can be sent alerts, from one thread."""

    def send(self, alert: Alert, *, stopping: threading.Event) -> None:
        """Return when the alert has arrived; it may arrive twice. Raises Undelivered, soon once `stopping` is set."""
