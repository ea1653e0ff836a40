"""What only the runner for Cloud Run promises, by its real client against an emulator that misbehaves on demand."""

from __future__ import annotations

import dataclasses
import os
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.launch import Launch
from orchestrator.core.model import Image, Release, Step
from orchestrator.ports import Ended, Gone
from orchestrator.testing import build, layouts
from orchestrator.testing.emulator import Emulator
from orchestrator.testing.stages import BUBBLEWRAP, CloudRunStage, Play


@pytest.fixture
def cloud_run(tmp_path: Path, cloud: Emulator) -> Iterator[CloudRunStage]:
    """The runner over gRPC, on an emulator that misbehaves in nothing."""
    made = CloudRunStage(tmp_path, cloud, rest=False)
    yield made
    made.clean()
    cloud.faults([])


def launch_of(stage: CloudRunStage, text: str, step: Step | None = None) -> Launch:
    """The launch of a step that runs this sh program."""
    stage.program("work", text)
    found = stage.launch(Play.GOOD)
    attempt = dataclasses.replace(found.attempt, step="work")
    environment = {**found.environment, "NIGHTJAR_STEP": "work", "NIGHTJAR_ATTEMPT": str(attempt)}
    return dataclasses.replace(found, attempt=attempt, step=step or build.step("work"), environment=environment)


def failure(outcome: Ended | Gone) -> Failure:
    """Why it failed."""
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    return outcome.failure


def test_failed_shard_is_named(cloud_run: CloudRunStage) -> None:
    """By its index, and every task ran; the number of tasks is the launch's."""
    step = build.step("work", tasks=3, parallelism=3)
    launch = launch_of(cloud_run, '[ "$CLOUD_RUN_TASK_INDEX" = 1 ] && exit 3; exit 0', step)
    execution = cloud_run.runner.start(launch)
    found = failure(cloud_run.end(execution))
    assert (found.kind, found.code, found.task) == (FailureKind.EXIT_CODE, 3, 1)
    assert "task 1 of 3 exited with 3" in found.message
    assert len(cloud_run.executed()) == 3


def test_timeout_is_the_launches(cloud_run: CloudRunStage) -> None:
    """Whatever the job's is; and no exit code."""
    step = build.step("work", timeout=timedelta(seconds=1))
    launch = launch_of(cloud_run, "while :; do sleep 1000; done", step)
    found = failure(cloud_run.end(cloud_run.runner.start(launch)))
    assert (found.kind, found.code) == (FailureKind.TIMEOUT, None)


def test_want_of_memory_has_a_remedy(cloud_run: CloudRunStage) -> None:
    """It is not just a signal."""
    launch = launch_of(cloud_run, "while :; do sleep 1000; done")
    cloud_run.emulator.faults([{"kind": "out_of_memory", "job": cloud_run.job("work"), "seconds": 0}])
    found = failure(cloud_run.end(cloud_run.runner.start(launch)))
    assert (found.kind, found.code) == (FailureKind.SIGNAL, 9)
    assert "out of memory of 512Mi: raise `memory` of the step work in pipeline.yaml" in found.message


@pytest.mark.parametrize(("kind", "remedy"), [("image_pull", "//deploy:push"), ("secret_access", "//deploy:secret")])
def test_what_never_began_is_not_a_signal(cloud_run: CloudRunStage, kind: str, remedy: str) -> None:
    """With a remedy."""
    launch = launch_of(cloud_run, "exit 0")
    cloud_run.emulator.faults([{"kind": kind, "job": cloud_run.job("work")}])
    found = failure(cloud_run.end(cloud_run.runner.start(launch)))
    assert found.kind is FailureKind.NOT_STARTED
    assert remedy in found.message


def test_doubled_execution_does_not_speak_for_the_other(cloud_run: CloudRunStage) -> None:
    """The first ends at once, as one without the claim does; the attempt ends as the second does."""
    mine = 'if mkdir "$0.claim"; then exit 0; else exit 65; fi'
    launch = launch_of(cloud_run, mine)
    cloud_run.emulator.faults([{"kind": "duplicate", "method": "Jobs.RunJob", "job": cloud_run.job("work")}])
    assert failure(cloud_run.end(cloud_run.runner.start(launch))).code == 65
    assert len(cloud_run.executed()) == 2


def test_execution_that_is_seen_late_is_not_started_again(cloud_run: CloudRunStage) -> None:
    """Nor is it gone."""
    launch = launch_of(cloud_run, "exit 0")
    job = cloud_run.job("work")
    late = {"kind": "late", "method": "Jobs.RunJob", "job": job, "seconds": 0.3}
    lost = {"kind": "error", "method": "Jobs.RunJob", "job": job, "code": "UNAVAILABLE", "when": "after"}
    cloud_run.emulator.faults([late, lost])
    outcome = cloud_run.end(cloud_run.runner.start(launch))
    assert isinstance(outcome, Ended)
    assert len(cloud_run.executed()) == 1


def test_step_runs_from_its_image(cloud_run: CloudRunStage) -> None:
    """With the contract's environment in it."""
    layout = cloud_run.folder / "layout"
    shell = layouts.shell(Path(os.environ[BUBBLEWRAP]).resolve().parents[2])
    digest = layouts.write(layout, [shell], {"User": "nonroot", "Env": ["PATH=/usr/bin"], "Entrypoint": ["sh"]})
    seen = cloud_run.folder / "storage"
    container = {
        "image": f"layout:{layout}@{digest}",
        "args": ["-c", 'echo "$NIGHTJAR_ATTEMPT" > "${NIGHTJAR_STORAGE#file://}/seen"'],
    }
    template = {"containers": [container], "maxRetries": 0, "timeout": "600s"}
    cloud_run.emulator.create_job(cloud_run.job("boxed"), {"template": {"template": template}})
    launch = launch_of(cloud_run, "exit 1")
    attempt = dataclasses.replace(launch.attempt, step="boxed")
    environment = {**launch.environment, "NIGHTJAR_ATTEMPT": str(attempt), "NIGHTJAR_STORAGE": seen.as_uri()}
    image = dataclasses.replace(launch.image, ref=f"layout:{layout}", digest=digest)
    boxed = dataclasses.replace(launch, attempt=attempt, image=image, environment=environment)
    outcome = cloud_run.end(cloud_run.runner.start(boxed))
    assert isinstance(outcome, Ended)
    assert outcome.failure is None
    assert (seen / "seen").read_text(encoding="utf-8").strip() == str(attempt)


def release_of(stage: CloudRunStage, *names: str) -> Release:
    """A release of steps that run as processes."""
    pipeline = build.pipeline(*(build.step(name) for name in names))
    return build.release(dataclasses.replace(pipeline, name=stage.pipeline))


def test_what_is_deployed_as_released_is_fine(cloud_run: CloudRunStage) -> None:
    """Jobs, images, limits and permissions."""
    assert cloud_run.runner.check(release_of(cloud_run, *Play)) == ()


def test_check_tells_every_problem(cloud_run: CloudRunStage) -> None:
    """Of every step, in the order of the release."""
    template = {"containers": [{"image": "process:", "command": ["/x"]}], "maxRetries": 3, "timeout": "5s"}
    cloud_run.emulator.create_job(cloud_run.job("odd"), {"template": {"template": template}})
    release = release_of(cloud_run, "absent", "odd", "good", "bad")
    other = Image(ref="there/good@sha256:" + "1" * 64, digest="sha256:" + "1" * 64, command=())
    forbid = {"kind": "error", "method": "Jobs.GetJob", "job": cloud_run.job("bad"), "code": "PERMISSION_DENIED"}
    cloud_run.emulator.faults([forbid])
    release = dataclasses.replace(release, images={**release.images, "good": other})
    absent, retries, timeout, image, forbidden = cloud_run.runner.check(release)
    assert "step absent" in absent
    assert "does not exist: ./bazelw run //deploy:apply" in absent
    assert "max_retries 3" in retries
    assert "after 5 s, the release after 600 s" in timeout
    assert "has the image process:, the release sha256:1111" in image
    assert "step bad: reading the job" in forbidden
    assert "is not permitted (PERMISSION_DENIED" in forbidden
