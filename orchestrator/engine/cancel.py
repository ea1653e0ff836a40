"""Asking for a run's end from anywhere: an event in its log, which its driver takes in within a heartbeat.

Whoever asks does not have to drive the run, and must not write anything else into its log.
"""

from __future__ import annotations

from datetime import datetime

from orchestrator.core.errors import Conflict
from orchestrator.core.events import CancelRequested
from orchestrator.core.states import RunState, RunView, fold
from orchestrator.ports import Store
from steps.kit.contract import RunId


def request(store: Store, run: RunId, *, by: str, why: str, now: datetime) -> RunView | None:
    """Put the request on record, once; the run with it, as it was if it had ended, or None if there is none."""
    while log := store.read(run):
        view = fold(log)
        if view.state is RunState.FINISHED or view.cancelled_by:
            return view
        try:
            return fold(store.append(run, view.seq, [CancelRequested(at=now, by=by, why=why)]), view)
        except Conflict:
            continue  # The run went on meanwhile.
    return None
