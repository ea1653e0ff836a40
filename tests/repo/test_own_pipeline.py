"""A pipeline of one's own: quakes is taken out, two steps are made as the README says, and the day runs.

Nothing but `steps/` and `pipeline.yaml` may know a step, so nothing else is touched. Bazel cannot run inside its own
sandbox: what it would build is put together here by the very programs that it would run.
"""

from __future__ import annotations

import json
import os
import pathlib
import shutil
import subprocess
import sys

import pytest

from tests.repo import tree

PIPELINE = """\
name: weather
description: A pipeline of one's own.
schedule: {cron: "1 0 * * *", time_zone: Europe/Berlin}
steps:
"""
STEPS = ("fetch", "forecast")
DAY = "2026-03-29"


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """A copy of the repository in which quakes is replaced by two new steps."""
    repository = tree.copy(tmp_path / "repository")
    for folder in (repository / "steps").iterdir():
        if folder.is_dir() and folder.name != "kit":
            shutil.rmtree(folder)
    (repository / "pipeline.yaml").write_text(PIPELINE)
    run(repository, "tools.new_step", STEPS[0], "--description", "Fetches what there is.")
    run(repository, "tools.new_step", STEPS[1], "--needs", STEPS[0])
    return repository


def imports(repository: pathlib.Path) -> str:
    """PYTHONPATH of the copy's programs: the copy, and the wheels that this test has."""
    return os.pathsep.join([str(repository), *(entry for entry in sys.path if entry.endswith("site-packages"))])


def run(repository: pathlib.Path, module: str, *arguments: str | pathlib.Path, **env: str) -> str:
    """Run a module of the copy as its users do; what it printed."""
    done = subprocess.run(
        [sys.executable, "-P", "-m", module, *arguments],
        cwd=repository,
        env={**os.environ, "PYTHONPATH": imports(repository), "BUILD_WORKSPACE_DIRECTORY": str(repository), **env},
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"{module} ended with {done.returncode}:\n{done.stdout}{done.stderr}"
    return done.stdout


def launcher(repository: pathlib.Path, name: str, module: str) -> pathlib.Path:
    """A program that starts a module of the copy, as Bazel's launchers do."""
    path = repository / name
    path.write_text(f'#!/bin/sh\nPYTHONPATH={imports(repository)} exec {sys.executable} -P -m {module} "$@"\n')
    path.chmod(0o755)
    return path


def test_two_new_steps_run_a_day(repository: pathlib.Path) -> None:
    """The pipeline made by `new_step` runs through `deploy.local`, and its last step published what it made."""
    resolved, images = repository / "resolved.json", repository / "images.json"
    run(repository, "orchestrator", "validate", "pipeline.yaml", "--resolved", resolved)
    lock = repository / "requirements.lock"
    words = [f"--output={images}", f"--lock={lock}", "--orchestrator", "--command=nightjar"]
    for step in STEPS:
        launcher(repository, f"steps/{step}/{step}", f"steps.{step}")
        words += [
            f"--step={step}",
            f"--command=steps/{step}/{step}",
            f"--file=main={repository}/steps/{step}/__main__.py",
        ]
    run(repository, "tools.bazel.private.process_images", *words)

    out = run(
        repository,
        "deploy.local",
        "--runner",
        "process",
        "--date",
        DAY,
        RESOLVED_PIPELINE=str(resolved),
        PROCESS_IMAGES=str(images),
        ORCHESTRATOR=str(launcher(repository, "nightjar", "orchestrator")),
    )

    assert "weather-2026-03-29-g1  succeeded" in out
    manifests = [json.loads(path.read_bytes()) for path in (repository / ".nightjar").rglob("manifest-*.json")]
    assert {manifest["step"]: set(manifest["inputs"]) for manifest in manifests} == {
        STEPS[0]: set(),
        STEPS[1]: {STEPS[0]},
    }


def test_the_new_steps_pass_their_own_tests(repository: pathlib.Path) -> None:
    """What `new_step` writes is tested, and its tests pass."""
    for step in STEPS:
        assert "passed" in run(repository, "pytest", f"steps/{step}", "--import-mode=importlib")
