"""Finding an attempt's executions: a job's listing, newest first, and the attempt's id in their environment.

RunJob takes no id of the caller, so this is how an execution is found whose name nobody wrote down. Deleted executions
are found too, as long as Cloud Run knows them: they were started, and are not to be started again. An attempt can have
two, after a lost answer or a double delivery; then one of them claimed it, and both have to end.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta

from orchestrator.ports import Execution
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.states import Phase, Seen
from steps.kit import contract
from steps.kit.contract import AttemptId

_ZONES = timedelta(days=1)
"""A logical date begins on the clocks of somewhere."""


def job_of(attempt: AttemptId) -> str:
    """The name of the job that runs the attempt's step."""
    return contract.job_name(attempt.run.pipeline, attempt.step)


def every(client: Api, attempt: AttemptId) -> tuple[Seen, ...]:
    """The executions of an attempt: those that exist before those that were deleted, the oldest first."""
    found: list[Seen] = []
    try:
        for page in client.history(job_of(attempt)):
            found += [seen for seen in page if seen.attempt == str(attempt)]
            if all(seen.created < _earliest(attempt) for seen in page):
                break
    except CallFailed as err:
        if err.kind is not Kind.ABSENT:
            raise
        # A job that does not exist has no executions.
    return tuple(sorted(found, key=_order))


def execution(attempt: AttemptId, seen: Seen) -> Execution:
    """What the engine knows an execution by."""
    return Execution(attempt=attempt, name=seen.name, log=seen.log)


def _earliest(attempt: AttemptId) -> datetime:
    """No attempt is older than the day that its run is for."""
    day = attempt.run.logical_date
    return datetime(day.year, day.month, day.day, tzinfo=dt.UTC) - _ZONES


def _order(seen: Seen) -> tuple[bool, datetime, str]:
    return (seen.phase is Phase.DELETED, seen.created, seen.name)
