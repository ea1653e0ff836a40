"""Telling subscribers what is in the log. They are isolated: what one raises is logged and never stops a run."""

from __future__ import annotations

import logging
from collections.abc import Mapping, Sequence
from datetime import datetime

from orchestrator.core.events import Recorded
from orchestrator.core.states import RunView
from orchestrator.ports import Subscriber
from steps.kit.contract import AttemptId

_LOG = logging.getLogger(__name__)


def committed(subscribers: Sequence[Subscriber], recorded: Sequence[Recorded], view: RunView) -> None:
    """Tell of events that were just committed."""
    for subscriber in subscribers:
        try:
            subscriber.committed(recorded, view)
        except Exception:  # noqa: BLE001  (whoever listens must not stop what runs)
            _LOG.exception("%s failed on events %s", type(subscriber).__name__, [each.seq for each in recorded])


def tick(subscribers: Sequence[Subscriber], view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
    """Tell that time passes."""
    for subscriber in subscribers:
        try:
            subscriber.tick(view, tasks_done, now)
        except Exception:  # noqa: BLE001  (whoever listens must not stop what runs)
            _LOG.exception("%s failed on a tick", type(subscriber).__name__)
