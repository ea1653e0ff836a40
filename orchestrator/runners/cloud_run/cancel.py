"""Cancelling what runs of an attempt, by a thread that may wait.

A cancel that is refused is not believed at once: what ends already needs none, and a platform that was late to say so
may have done as it was asked.
"""

from __future__ import annotations

import time
from typing import Final

from orchestrator.ports import Execution
from orchestrator.runners.cloud_run import finder
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.states import Phase

_LOOKS: Final = 8
_BETWEEN_LOOKS: Final = 0.25


def cancel(client: Api, execution: Execution) -> None:
    """Cancel every execution of the attempt that runs. Raises CallFailed. Idempotent."""
    job = finder.job_of(execution.attempt)
    running = {each.name for each in finder.every(client, execution.attempt) if each.phase is Phase.RUNNING}
    for name in sorted(running | {execution.name}):
        try:
            client.cancel(job, name)
        except CallFailed as err:
            if err.kind in (Kind.ABSENT, Kind.REFUSED) and _ends(client, job, name):
                continue
            if err.kind is Kind.ABSENT:
                # It runs, so it does exist: whoever says otherwise is late.
                raise CallFailed(Kind.AMBIGUOUS, err.code, err.text) from err
            raise


def _ends(client: Api, job: str, name: str) -> bool:
    """Whether an execution has ended, or is about to."""
    for look in range(_LOOKS):
        time.sleep(_BETWEEN_LOOKS if look else 0.0)
        try:
            if client.get(job, name).ends:
                return True
        except CallFailed as err:
            if err.kind is Kind.ABSENT:
                return True
            raise
    return False
