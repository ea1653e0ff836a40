"""Whether what is deployed agrees with the release: what was read of a job, to sentences with remedies. Pure."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Final

from orchestrator.core.model import Image, Step
from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.calls import CallFailed, Kind

PERMISSIONS: Final = (
    "run.jobs.run",
    "run.jobs.runWithOverrides",
    "run.executions.get",
    "run.executions.list",
    "run.executions.cancel",
    "run.tasks.get",
    "run.tasks.list",
)
"""What the orchestrator needs on the job of each step, beside run.jobs.get, which reading the job shows."""

_APPLY: Final = "./bazelw run //deploy:apply"


def of_job(step: Step, image: Image, job: Job, *, name: str) -> Iterator[str]:
    """What keeps a deployed job from running the step as the release says."""
    if not is_image(image, job.image):
        yield (
            f"step {step.name}: the job {name} has the image {job.image or 'of nothing'}, the release "
            f"{image.digest}: deploy the release by {_APPLY}, or run the one that is deployed"
        )
    if job.max_retries != 0:
        yield (
            f"step {step.name}: the job {name} has max_retries {job.max_retries}, but attempts are counted by "
            f"nightjar alone: set it to 0 (terraform apply)"
        )
    if job.timeout < step.timeout:
        yield (
            f"step {step.name}: the job {name} ends a task after {_seconds(job.timeout)}, the release after "
            f"{_seconds(step.timeout)}: {_APPLY}"
        )
    at_once = min(job.tasks_at_once or step.tasks, step.tasks)
    if at_once != min(step.parallelism, step.tasks):
        yield (
            f"step {step.name}: the job {name} runs {at_once} of {step.tasks} tasks at once, the release "
            f"{min(step.parallelism, step.tasks)}: {_APPLY}"
        )


def is_image(image: Image, deployed: str) -> bool:
    """Whether what a job has is the release's image, wherever it was pushed."""
    return deployed == image.ref or deployed.rpartition("@")[2] == image.digest


def of_permissions(step: Step, granted: frozenset[str], *, name: str) -> Iterator[str]:
    """What the orchestrator may not do with a job."""
    if missing := [each for each in PERMISSIONS if each not in granted]:
        yield (
            f"step {step.name}: the orchestrator's account lacks {', '.join(missing)} on the job {name}: "
            f"grant it (terraform apply); a grant may take minutes to be felt"
        )


def of_failure(step: str, error: CallFailed, *, name: str, what: str) -> str:
    """A call that failed, in words, with a remedy."""
    match error.kind:
        case Kind.ABSENT:
            remedy = f"the job {name} does not exist: {_APPLY}"
        case Kind.REFUSED if error.code in ("PERMISSION_DENIED", "UNAUTHENTICATED"):
            remedy = f"{what} the job {name} is not permitted ({error}): grant what is missing (terraform apply)"
        case Kind.REFUSED:
            remedy = f"{what} the job {name} is refused ({error}): mend the job (terraform apply)"
        case Kind.BUSY:
            remedy = f"{what} the job {name} is beyond a quota ({error}): raise it, or launch less a minute"
        case _:
            remedy = f"{what} the job {name} fails ({error}): try again later"
    return f"step {step}: {remedy}"


def _seconds(time: timedelta) -> str:
    return f"{time.total_seconds():.0f} s"
