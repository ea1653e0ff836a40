from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest

from orchestrator.core.model import Image
from orchestrator.runners.cloud_run import checks
from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.calls import CallFailed, Kind, kind_of
from orchestrator.testing import build

DIGEST = "sha256:" + "1" * 64
IMAGE = Image(ref=f"there/good@{DIGEST}", digest=DIGEST, command=())
STEP = build.step("good", tasks=4, parallelism=2, timeout=timedelta(minutes=5))


JOB = Job(image=f"elsewhere/good@{DIGEST}", max_retries=0, timeout=timedelta(minutes=5), tasks_at_once=2)


def of_job(job: Job) -> list[str]:
    return list(checks.of_job(STEP, IMAGE, job, name="toy-good"))


def test_job_that_agrees_is_fine() -> None:
    """The registry may be another, the timeout longer."""
    assert of_job(JOB) == []
    assert of_job(dataclasses.replace(JOB, image=IMAGE.ref, timeout=timedelta(hours=1))) == []


def test_every_difference_is_told_at_once() -> None:
    """Each with both values and a remedy."""
    job = dataclasses.replace(
        JOB, image="there/good:latest", max_retries=3, timeout=timedelta(minutes=1), tasks_at_once=0
    )
    image, retries, timeout, parallelism = of_job(job)
    assert "step good: the job toy-good has the image there/good:latest" in image
    assert DIGEST in image
    assert "//deploy:apply" in image
    assert "max_retries 3" in retries
    assert "terraform apply" in retries
    assert "after 60 s, the release after 300 s" in timeout
    assert "4 of 4 tasks at once, the release 2" in parallelism


def test_unlimited_parallelism_is_that_of_all_tasks() -> None:
    """0 and the number of tasks mean the same."""
    step = dataclasses.replace(STEP, parallelism=9)
    for at_once in (0, 4, 9):
        assert not list(checks.of_job(step, IMAGE, dataclasses.replace(JOB, tasks_at_once=at_once), name="toy-good"))


def test_missing_permissions_are_named() -> None:
    """All in one sentence, with a remedy."""
    some = frozenset(checks.PERMISSIONS) - {"run.jobs.run", "run.tasks.list"}
    (problem,) = checks.of_permissions(STEP, some, name="toy-good")
    assert "lacks run.jobs.run, run.tasks.list on the job toy-good" in problem
    assert not list(checks.of_permissions(STEP, frozenset(checks.PERMISSIONS), name="toy-good"))


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("NOT_FOUND", "the job toy-good does not exist: ./bazelw run //deploy:apply"),
        ("PERMISSION_DENIED", "running the job toy-good is not permitted (PERMISSION_DENIED: because): grant"),
        ("INVALID_ARGUMENT", "is refused (INVALID_ARGUMENT: because): mend the job"),
        ("RESOURCE_EXHAUSTED", "beyond a quota"),
        ("UNAVAILABLE", "try again later"),
    ],
)
def test_failure_has_a_remedy(code: str, words: str) -> None:
    """By what kind it is, with what the platform said."""
    assert words in checks.of_failure(
        "good", CallFailed(kind_of(code), code, "because"), name="toy-good", what="running"
    )


def test_every_kind_has_words() -> None:
    """None falls through."""
    for kind in Kind:
        assert checks.of_failure("good", CallFailed(kind, "X", ""), name="j", what="running").startswith("step good: ")
