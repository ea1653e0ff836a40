"""One look at one execution, by a thread that may wait: what Cloud Run says, and if it ended, how.

Everything here is reading, and every call is made once: whoever asked asks again.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator.ports import Ended, Execution, Gone
from orchestrator.runners import output
from orchestrator.runners.cloud_run import finder, states
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.states import Phase, Seen
from orchestrator.runners.tail import last_lines


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
    running = next((each for each in family if each.phase is Phase.RUNNING), None)
    if running is not None:
        shown = seen or running
        return Look(created=shown.created, tasks_done=shown.tasks_done)
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
    """The attempt's executions that were not deleted, this one as it was just seen.

    Where it was just not found the listing has the last word: one answer that was wrong must not start its step again
    beside it.
    """
    listed = finder.every(client, execution.attempt)
    both = listed if seen is None else [seen, *(each for each in listed if each.name != seen.name)]
    return [each for each in both if each.phase is not Phase.DELETED]


def _end(client: Api, execution: Execution, seen: Seen, now: datetime) -> Ended:
    tasks = () if seen.plain else client.tasks(finder.job_of(execution.attempt), seen.name)
    return _with_words(states.outcome(seen, tasks, step=execution.attempt.step, now=now), seen.log)


def _with_words(end: Ended, log: str) -> Ended:
    """The end with the last words of a failed task, where a Cloud Run on this machine keeps them in files."""
    said = output.of(log)
    if end.failure is None or said is None or not said.exists:
        return end
    files = [stream.path for stream in said.streams(end.failure.task)]
    return replace(end, failure=replace(end.failure, last_lines=last_lines(*files)))
