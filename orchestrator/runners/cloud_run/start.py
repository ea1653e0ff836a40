"""Starting an attempt once, by a call that is not idempotent and can fail without saying whether it worked.

After every failure the attempt is looked for before anything else is done: what is found is adopted, and only what is
not found is started again. The step's claim in the storage is what keeps a duplicate from harm; this module keeps it
from happening.
"""

from __future__ import annotations

import time
from collections.abc import Callable

from orchestrator.core.errors import NotStarted, Redeployed, Unavailable
from orchestrator.core.launch import Launch
from orchestrator.ports import Execution
from orchestrator.runners.cloud_run import checks, finder
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.limits import Launches
from orchestrator.runners.cloud_run.line import Line
from orchestrator.runners.cloud_run.settings import Settings
from orchestrator.runners.cloud_run.states import Seen
from steps.kit.contract import AttemptId

_CALLS = 4
"""How often an attempt is asked for whose start remains unclear."""
_BETWEEN_LOOKS = 0.5


class Starter:
    """Starts and finds attempts. Used by the engine's thread."""

    def __init__(self, line: Line, settings: Settings) -> None:
        self._line = line
        self._settings = settings
        self._launches = Launches(settings.launches_per_minute)
        self._began = time.monotonic()

    def start(self, launch: Launch) -> Execution:
        """Start the attempt, or return the execution that it has already."""
        if (found := self._found(launch.attempt)) is not None:
            return found
        quota_until = time.monotonic() + self._settings.quota
        unclear = 0
        while True:
            try:
                return self._run(launch)
            except CallFailed as err:
                if (found := self._after(launch.attempt, err, quota_until=quota_until)) is not None:
                    return found
                unclear += err.kind is Kind.AMBIGUOUS
                if unclear == _CALLS:
                    raise Unavailable(f"{launch.attempt}: Cloud Run does not say whether it started it: {err}") from err

    def find(self, attempt: AttemptId) -> Execution | None:
        """The attempt's execution. What somebody started before this process began may take a while to be listed."""
        return self._look(attempt, until=self._began + self._settings.visible)

    def _run(self, launch: Launch) -> Execution:
        """Call RunJob once, when there is room, if the job still is what the run began with."""
        now = time.monotonic()
        self._line.crew.pause(max(self._launches.take(now), self._line.braked()))
        self._check_deployed(launch)
        seen = self._line.crew.answer(self._line.submit(_call(launch)))
        if seen is None:
            raise CallFailed(Kind.AMBIGUOUS, "UNKNOWN", "the answer does not name the execution")
        return finder.execution(launch.attempt, seen)

    def _check_deployed(self, launch: Launch) -> None:
        """RunJob takes whatever image the job has at that moment, so it is looked at right before.

        What is deployed in the moment between the look and the call is not seen.
        """
        name = finder.job_of(launch.attempt)
        try:
            deployed = self._line.ask(lambda client: client.job(name)).image
        except CallFailed as err:
            if err.kind is Kind.ABSENT:
                return  # RunJob says it with a remedy.
            raise
        if not checks.is_image(launch.image, deployed):
            problem = f"the job {name} has the image {deployed}, and the run began with {launch.image.digest}"
            raise Redeployed(problem)

    def _after(self, attempt: AttemptId, error: CallFailed, *, quota_until: float) -> Execution | None:
        """The execution that a failed call made all the same; None if it has to be called again."""
        patient = error.kind is Kind.AMBIGUOUS
        found = self._look(attempt, until=time.monotonic() + self._settings.visible if patient else 0.0)
        if found is not None or patient:
            return found
        if error.kind is Kind.BUSY and time.monotonic() < quota_until:
            return None
        job = finder.job_of(attempt)
        raise NotStarted(checks.of_failure(attempt.step, error, name=job, what="running")) from error

    def _look(self, attempt: AttemptId, *, until: float) -> Execution | None:
        """Look for the attempt, again until this time."""
        while (found := self._found(attempt)) is None and time.monotonic() < until:
            self._line.crew.pause(_BETWEEN_LOOKS)
        return found

    def _found(self, attempt: AttemptId) -> Execution | None:
        try:
            seen = self._line.ask(lambda client: finder.every(client, attempt))
        except CallFailed as err:
            job = finder.job_of(attempt)
            raise Unavailable(checks.of_failure(attempt.step, err, name=job, what="listing executions of")) from err
        return finder.execution(attempt, seen[0]) if seen else None


def _call(launch: Launch) -> Callable[[Api], Seen | None]:
    step = launch.step
    job = finder.job_of(launch.attempt)
    return lambda client: client.run(job, environment=launch.environment, tasks=step.tasks, timeout=step.timeout)
