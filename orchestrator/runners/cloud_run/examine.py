"""One look at one execution, by a thread that may wait: what Cloud Run says, and if it ended, how.

Everything here is reading, and every call is made once: whoever asked asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from orchestrator.ports import Ended, Execution, Gone
from orchestrator.runners.cloud_run import finder, states
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.states import Phase, Seen


@dataclass(frozen=True, slots=True, kw_only=True)
class Look:
    """What was seen. `created` is None for an execution that Cloud Run does not know (yet, or any more)."""

    created: datetime | None
    tasks_done: int = 0
    outcome: Ended | Gone | None = None


def examine(client: Api, execution: Execution, now: datetime) -> Look:
    """Look at an execution. Raises CallFailed."""
    job = finder.job_of(execution.attempt)
    seen = _get(client, job, execution.name)
    if seen is not None and seen.phase is Phase.RUNNING:
        return Look(created=seen.created, tasks_done=seen.tasks_done)
    family = _family(client, execution, seen)
    if any(each.phase is Phase.RUNNING for each in family):
        return Look(created=seen.created if seen else None, tasks_done=seen.tasks_done if seen else 0)
    if not family:
        message = f"the execution {execution.name} was deleted"
        return Look(created=seen.created if seen else None, outcome=Gone(message=message))
    ends = [_end(client, execution, each, now) for each in family]
    ended = next((end for end in ends if end.failure is not None), ends[0])
    return Look(created=family[0].created, tasks_done=family[0].tasks_done, outcome=ended)


def _get(client: Api, job: str, name: str) -> Seen | None:
    try:
        return client.get(job, name)
    except CallFailed as err:
        if err.kind is not Kind.ABSENT:
            raise
        return None


def _family(client: Api, execution: Execution, seen: Seen | None) -> Sequence[Seen]:
    """The attempt's executions that were not deleted, this one as it was just seen."""
    others = [each for each in finder.every(client, execution.attempt) if each.name != execution.name]
    both = [*([seen] if seen is not None else []), *others]
    return [each for each in both if each.phase is not Phase.DELETED]


def _end(client: Api, execution: Execution, seen: Seen, now: datetime) -> Ended:
    tasks = () if seen.plain else client.tasks(finder.job_of(execution.attempt), seen.name)
    return states.outcome(seen, tasks, step=execution.attempt.step, now=now)
