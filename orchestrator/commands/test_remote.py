"""`nightjar --env` by whole processes: a job of the emulator that says with which words it was run."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.commands.remote import without_environment
from orchestrator.exits import ExitCode
from orchestrator.testing.emulator import PROJECT, REGION, Emulator, emulator

PROGRAM = """\
#!/bin/sh
echo "$NIGHTJAR_BY: $*" >>"$SAID"
[ "$1" != cancel ] || exit 78
"""
PIPELINE = "name: toy\nschedule: {cron: '1 0 * * *', time_zone: UTC}\nsteps: {a: {}}\n"


@dataclass(frozen=True, slots=True)
class Laptop:
    """A repository whose environment dev is at an emulator, and what the job there was run with."""

    folder: Path
    there: Emulator

    @property
    def said(self) -> list[str]:
        """Who asked, and the words, of each execution."""
        path = self.folder / "said"
        return path.read_text().splitlines() if path.exists() else []

    def call(self, *words: str) -> subprocess.CompletedProcess[str]:
        """Call nightjar somewhere in the repository."""
        below = self.folder / "steps" / "a"
        below.mkdir(parents=True, exist_ok=True)
        return subprocess.run(
            [sys.executable, "-m", "orchestrator", *words],
            env={
                **os.environ,
                "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
                "BUILD_WORKING_DIRECTORY": str(below),
                "NIGHTJAR_ENDPOINT": self.there.address,
                "NIGHTJAR_BY": "ann",
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture
def laptop(tmp_path: Path) -> Iterator[Laptop]:
    """With the orchestrator's job deployed."""
    values = tmp_path / "terraform/environments/dev/terraform.tfvars.json"
    values.parent.mkdir(parents=True)
    values.write_text(json.dumps({"project": PROJECT, "region": REGION}))
    (tmp_path / "pipeline.yaml").write_text(PIPELINE)
    program = tmp_path / "program"
    program.write_text(PROGRAM)
    program.chmod(0o755)
    container = {
        "image": "process:",
        "command": [str(program)],
        "args": ["run"],
        "env": [{"name": "SAID", "value": str(tmp_path / "said")}],
    }
    (tmp_path / "emulator").mkdir()
    with emulator(tmp_path / "emulator") as there:
        template = {"containers": [container], "maxRetries": 0}
        there.create_job("toy-orchestrator", {"template": {"template": template}})
        yield Laptop(tmp_path, there)


def test_a_command_is_run_where_the_pipeline_is_deployed(laptop: Laptop) -> None:
    """With its words, in the name of who asks; its exit code is that of the execution."""
    done = laptop.call("--env", "dev", "run", "--date", "2018-02-01")
    assert done.returncode == ExitCode.DONE, done.stderr
    assert "toy-orchestrator-" in done.stderr
    failed = laptop.call("--env=dev", "cancel", "toy-2018-02-01-g1")
    assert failed.returncode == ExitCode.CONFIGURATION, failed.stderr
    assert laptop.said == ["ann: run --date 2018-02-01", "ann: cancel toy-2018-02-01-g1"]


@pytest.mark.parametrize(
    ("words", "code", "says"),
    [
        (["--env", "dev", "run", "--nonsense"], ExitCode.USAGE, "--nonsense"),
        (["--env", "moon", "run"], ExitCode.CONFIGURATION, "'moon' is no environment"),
        (["--env", "dev", "validate", "pipeline.yaml"], ExitCode.CONFIGURATION, "leave --env out"),
        (
            ["--env", "dev", "status", "--store=sqlite:x"],
            ExitCode.CONFIGURATION,
            "--store is a setting of the deployed",
        ),
    ],
)
def test_mistakes_start_nothing(laptop: Laptop, words: list[str], code: ExitCode, says: str) -> None:
    """They are told here."""
    done = laptop.call(*words)
    assert (done.returncode, says in done.stderr, laptop.said) == (code, True, []), done.stderr


def test_a_job_that_is_not_deployed_is_told(laptop: Laptop) -> None:
    """By its name."""
    (laptop.folder / "pipeline.yaml").write_text(PIPELINE.replace("toy", "other"))
    done = laptop.call("--env", "dev", "run")
    assert done.returncode == ExitCode.CONFIGURATION
    assert "the job other-orchestrator cannot be run: NOT_FOUND" in done.stderr


@pytest.mark.parametrize(
    ("words", "left"),
    [
        (["--env", "dev", "run", "--date", "D"], ["run", "--date", "D"]),
        (["--env=dev", "status"], ["status"]),
        (["--env", "dev", "retry", "x", "--why", "--env"], ["retry", "x", "--why", "--env"]),
    ],
)
def test_the_environment_is_no_word_of_the_command(words: list[str], left: list[str]) -> None:
    """What stands behind the command is the command's."""
    assert without_environment(words) == left
