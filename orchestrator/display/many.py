"""The voice of several runs at once: of each only how it goes as a whole, and what needs attention.

Whoever drives several days at once does so in threads, so what is said passes one lock.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestrator.core.events import Recorded, RunEvent
from orchestrator.core.states import RunView
from orchestrator.core.story import Severity, tell
from orchestrator.ports import Voice
from steps.kit.contract import AttemptId


class Many:
    """See `ports.Voice`; `voice` is one that speaks in lines."""

    def __init__(self, voice: Voice) -> None:
        self._voice = voice
        self._lock = threading.Lock()

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """See `ports.Subscriber`."""
        told = [each for each in recorded if _matters(each, view)]
        if told:
            with self._lock:
                self._voice.committed(told, view)

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """See `ports.Subscriber`: one run's progress is not that of all."""

    def say(self, severity: Severity, text: str) -> None:
        """See `ports.Voice`."""
        with self._lock:
            self._voice.say(severity, text)

    def close(self) -> None:
        """See `ports.Voice`."""
        with self._lock:
            self._voice.close()


def _matters(recorded: Recorded, view: RunView) -> bool:
    return isinstance(recorded.event, RunEvent) or tell(recorded.event, view).severity is not Severity.INFO
