"""Steps as executions of Cloud Run jobs. Read `ports.Runner` first: this is one, and the rest of this folder serves it.

A step has a job of its own, made by Terraform; an attempt is an execution of it, with the attempt's id in the
environment. Executions outlive the orchestrator and are found again by that id. Nothing here is remembered that Cloud
Run does not know. Operations are never asked, tasks are never retried by the platform, and every call has a timeout.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import timedelta

from orchestrator.core.errors import Unavailable
from orchestrator.core.launch import Launch
from orchestrator.core.model import Image, Release, Step
from orchestrator.ports import Clock, Execution, Interrupt, Observation
from orchestrator.runners.cloud_run import checks, finder
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.connection import connect
from orchestrator.runners.cloud_run.line import Line
from orchestrator.runners.cloud_run.settings import Place, Settings
from orchestrator.runners.cloud_run.silence import Silence
from orchestrator.runners.cloud_run.start import Starter
from orchestrator.runners.cloud_run.states import Phase
from orchestrator.runners.cloud_run.watch import Watcher
from steps.kit import contract
from steps.kit.contract import AttemptId


class CloudRunRunner:
    """See `ports.Runner`. Connects in the background as soon as it is made."""

    def __init__(self, place: Place, settings: Settings, *, clock: Clock, interrupt: Interrupt) -> None:
        self._line = Line(lambda: connect(place), interrupt)
        self._starter = Starter(self._line, settings)
        silence = Silence(outage=settings.outage, refused=settings.refused)
        self._watcher = Watcher(line=self._line, settings=settings, clock=clock, interrupt=interrupt, silence=silence)

    def check(self, release: Release) -> tuple[str, ...]:
        """See `ports.Runner`: is every job deployed as the release says, and may it be run and watched?"""
        name = release.pipeline.name
        asked = [
            self._line.crew.submit(_checking(self._line, step, release.images[step.name], pipeline=name))
            for step in release.pipeline.steps.values()
        ]
        return tuple(problem for each in asked for problem in self._line.crew.answer(each))

    def start(self, launch: Launch) -> Execution:
        """See `ports.Runner`."""
        return self._starter.start(launch)

    def find(self, attempt: AttemptId) -> Execution | None:
        """See `ports.Runner`."""
        return self._starter.find(attempt)

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        return self._watcher.observe(executions, patience=patience)

    def cancel(self, execution: Execution) -> None:
        """See `ports.Runner`. A duplicate of the execution is cancelled with it."""
        try:
            self._line.ask(lambda client: _cancel(client, execution))
        except CallFailed as err:
            attempt = execution.attempt
            problem = checks.of_failure(attempt.step, err, name=finder.job_of(attempt), what="cancelling executions of")
            raise Unavailable(problem) from err

    def close(self) -> None:
        """See `ports.Runner`."""
        self._line.close()


def _checking(line: Line, step: Step, image: Image, *, pipeline: str) -> Callable[[], list[str]]:
    """What keeps a step from starting, found out by a thread of the crew."""
    job = contract.job_name(pipeline, step.name)

    def check() -> list[str]:
        try:
            deployed = line.persist(lambda client: client.job(job))
            granted = line.persist(lambda client: client.granted(job, checks.PERMISSIONS))
        except CallFailed as err:
            return [checks.of_failure(step.name, err, name=job, what="reading")]
        problems = checks.of_job(step, image, deployed, name=job)
        return [*problems, *checks.of_permissions(step, granted, name=job)]

    return check


def _cancel(client: Api, execution: Execution) -> None:
    """Cancel what runs of an attempt. What has ended meanwhile is left as it is."""
    job = finder.job_of(execution.attempt)
    running = {each.name for each in finder.every(client, execution.attempt) if each.phase is Phase.RUNNING}
    for name in sorted(running | {execution.name}):
        try:
            client.cancel(job, name)
        except CallFailed as err:
            if err.kind is Kind.ABSENT or (err.kind is Kind.REFUSED and _has_ended(client, job, name)):
                continue
            raise


def _has_ended(client: Api, job: str, name: str) -> bool:
    return client.get(job, name).phase is not Phase.RUNNING
