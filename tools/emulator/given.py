"""Jobs that are there from the start: those of a release, and those of files with a v2 Job in JSON each.

The release's are what Terraform makes of them: one job a step, never retried by the platform, because the plan retries.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from google.protobuf import json_format

from orchestrator.core import release as releases
from orchestrator.core.errors import ConfigurationError
from orchestrator.core.model import Image, Release, Step
from orchestrator.core.release import LAYOUT, PROCESS
from steps.kit.contract import job_name
from tools.emulator import wire
from tools.emulator.errors import ApiError
from tools.emulator.jobs import Jobs
from tools.emulator.wire import Message


def of_release(path: Path, root: Path) -> Iterator[tuple[str, Message]]:
    """A job for each step. Raises ConfigurationError with every problem of the file."""
    release = releases.loads(_read(path), source=path.name)
    for step in release.pipeline.steps.values():
        yield job_name(release.pipeline.name, step.name), _job(release, step, root)


def of_file(path: Path) -> tuple[str, Message]:
    """The job of a file; its name is the last part of `name`. Raises ConfigurationError."""
    try:
        value = json.loads(_read(path))
        job = json_format.ParseDict(value, wire.Job())
    except (ValueError, json_format.ParseError) as err:
        raise ConfigurationError([f"{path} is no Job of the API in JSON: {err}"]) from err
    if not job.name:
        raise ConfigurationError([f'{path} has no name: add "name": "NAME"'])
    return job.name.rpartition("/")[2], job


def write(jobs: Jobs, wanted: Mapping[str, Message]) -> None:
    """Create or update them. Raises ConfigurationError with every job that cannot be."""
    problems = []
    for name, job in wanted.items():
        job.name = jobs.place.job(name)
        try:
            jobs.update(wire.UpdateJobRequest(job=job, allow_missing=True))
        except ApiError as err:
            problems.append(f"job {name}: {err.message}")
    if problems:
        raise ConfigurationError(problems)


def _job(release: Release, step: Step, root: Path) -> Message:
    image = release.images[step.name]
    command = list(image.command)
    if image.ref == PROCESS:
        command[0] = str(root / command[0])
    container: dict[str, Any] = {
        "image": _reference(image, root),
        "command": command,
        "env": [{"name": name, "value": value} for name, value in step.env.items()]
        + [
            {"name": name, "value_source": {"secret_key_ref": {"secret": secret, "version": "latest"}}}
            for name, secret in step.secrets.items()
        ],
        "resources": {"limits": {"cpu": str(step.cpu), "memory": f"{step.memory_mib}Mi"}},
    }
    return wire.Job(
        template={
            "task_count": step.tasks,
            "parallelism": min(step.parallelism, step.tasks),
            "template": {"containers": [container], "max_retries": 0, "timeout": step.timeout},
        }
    )


def _reference(image: Image, root: Path) -> str:
    if image.ref.startswith(LAYOUT):
        return f"{LAYOUT}{root / image.ref.removeprefix(LAYOUT)}@{image.digest}"
    return image.ref


def _read(path: Path) -> str:
    try:
        return path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as err:
        raise ConfigurationError([f"{path} cannot be read: {err}"]) from err
