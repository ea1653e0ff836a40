"""How long the orchestrator's image takes until it has called RunJob: what a day waits for before its first step.

A real start in bubblewrap against the local Cloud Run, which says when it created the execution.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import pathlib
import subprocess
import tempfile
import time
from collections.abc import Sequence

from orchestrator.core import release as releases
from orchestrator.runners.bubblewrap import Mounts
from orchestrator.runners.images import Unpacked
from orchestrator.runners.layouts import ImageError
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
        container = {"image": "process:", "command": ["/bin/true"]}
        running.create_job(job, {"template": {"template": {"containers": [container], "maxRetries": 0}}})
        return [_first_call(image, folder, running, job, number) for number in range(times + 1)][1:]


def _first_call(image: Unpacked, folder: pathlib.Path, running: Emulator, job: str, number: int) -> float:
    day = build.DAY + dt.timedelta(days=number)
    options = ["run", "--date", day.isoformat(), "--release", str(folder / "release.json")]
    options += ["--state", str(folder / "orchestrator"), "--runner", "cloud-run", "--endpoint", running.address]
    options += ["--project", PROJECT, "--region", REGION]
    command = images.command(image, [*image.config.command, *options], mounts=Mounts(writable=[folder]))
    began = time.time()
    _run(command, image)
    return running.newest_execution(job).timestamp() - began


def _run(command: Sequence[str], image: Unpacked) -> None:
    done = subprocess.run(
        command, env=images.environment(image), stdin=subprocess.DEVNULL, capture_output=True, text=True, check=False
    )
    if done.returncode != 0:
        raise ImageError(f"the orchestrator ended with {done.returncode}: {done.stderr.strip()}")
