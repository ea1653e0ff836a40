"""How long the orchestrator's image takes until it has called RunJob: what a day waits for before its first step.

A real start in bubblewrap against the local Cloud Run, which says when it created the execution.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import pathlib
import tempfile
import time

from orchestrator.core import release as releases
from orchestrator.runners.bubblewrap import Mounts
from orchestrator.runners.images import Unpacked
from orchestrator.testing import build
from orchestrator.testing.emulator import PROJECT, REGION, Emulator, emulator
from steps.kit import contract
from tools.images.run import images

_STEP = "first"


def first_calls(image: Unpacked, *, times: int) -> list[float]:
    """Seconds from each start to its RunJob, after one start that fills the caches. Raises ImageError."""
    with tempfile.TemporaryDirectory() as scratch, contextlib.ExitStack() as stack:
        folder = pathlib.Path(scratch)
        running = stack.enter_context(emulator(folder))
        pipeline = build.pipeline(build.step(_STEP))
        (folder / "release.json").write_text(releases.dumps(build.release(pipeline)), encoding="utf-8")
        job = contract.job_name(pipeline.name, _STEP)
        running.create_process_job(job, "/bin/true")
        return [_first_call(image, folder, running, job, number) for number in range(times + 1)][1:]


def _first_call(image: Unpacked, folder: pathlib.Path, running: Emulator, job: str, number: int) -> float:
    day = build.DAY + dt.timedelta(days=number)
    options = ["run", "--date", day.isoformat(), "--release", str(folder / "release.json")]
    options += ["--state", str(folder / "orchestrator"), "--runner", "cloud-run", "--endpoint", running.address]
    options += ["--project", PROJECT, "--region", REGION]
    began = time.time()
    images.run(image, *image.config.command, *options, mounts=Mounts(writable=[folder]))
    return running.newest_execution(job).timestamp() - began
