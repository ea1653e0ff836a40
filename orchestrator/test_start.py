from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from orchestrator.core import release as releases
from orchestrator.testing import build

PATIENCE = 60.0
PROGRAM = """
import sys
from orchestrator import cli
code = cli.main(sys.argv[1:])
print("\\nloaded:", *sys.modules, file=sys.stderr)
sys.exit(code)
"""
OTHER_STORES = ("obstore", "orchestrator.stores.bucket", "orchestrator.stores.postgres", "psycopg", "tenacity")
OTHER_RUNNERS = ("google", "grpc", "orchestrator.runners.cloud_run")
FOR_ALERTS = ("httpx", "orchestrator.alerts.addresses", "ssl")
FOR_MISTAKES = ("difflib", "traceback")
FOR_PIPELINE_FILES = ("orchestrator.core.spec.yaml_tree", "yaml")
FOR_NOBODY = ("asyncio", "email", "http", "multiprocessing", "orchestrator.testing", "rich", "unittest")
FOR_DRIVING = (
    "concurrent",
    "hashlib",
    "logging",
    "orchestrator.core.plan",
    "orchestrator.core.release",
    "orchestrator.core.spec",
    "orchestrator.engine",
    "orchestrator.runners",
    "subprocess",
    "zoneinfo",
)
FOR_LOOKING = ("orchestrator.alerts", "orchestrator.commands.finding", "orchestrator.display.page")


def loaded(folder: Path, *words: str) -> set[str]:
    """The modules that a command has loaded at its end."""
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-c", PROGRAM, *words, "--state", str(folder / "state")]
    done = subprocess.run(
        command, check=False, cwd=folder, env=environment, capture_output=True, text=True, timeout=PATIENCE
    )
    assert done.returncode == 0, done.stderr
    return set(done.stderr.rpartition("loaded:")[2].split())


def among(modules: set[str], unwanted: Sequence[str]) -> list[str]:
    """Those of the modules that are unwanted, or lie in an unwanted package."""
    return sorted(name for name in modules if any(f"{name}.".startswith(f"{each}.") for each in unwanted))


@pytest.fixture
def drive(tmp_path: Path) -> tuple[str, ...]:
    """The words that run a day of one step."""
    program = tmp_path / "step"
    program.write_text("#!/bin/sh\n", encoding="utf-8")
    program.chmod(0o755)
    release = build.release(build.pipeline(build.step("first")), commands={"first": ["step"]})
    (tmp_path / "release.json").write_text(releases.dumps(release), encoding="utf-8")
    return ("run", "--release", "release.json", "--date", "2018-02-01", "--root", ".")


def test_status_loads_nothing_but_what_it_shows(tmp_path: Path, drive: Sequence[str]) -> None:
    """Whoever wants to know how things stand waits for no engine, no reader of files and no other store."""
    loaded(tmp_path, *drive)
    unwanted = OTHER_STORES + OTHER_RUNNERS + FOR_ALERTS + FOR_MISTAKES + FOR_PIPELINE_FILES + FOR_NOBODY + FOR_DRIVING
    assert among(loaded(tmp_path, "status"), unwanted) == []


def test_run_loads_nothing_but_what_it_drives_with(tmp_path: Path, drive: Sequence[str]) -> None:
    """The first step does not wait for other stores and runners, nor for what shows runs."""
    unwanted = OTHER_STORES + OTHER_RUNNERS + FOR_ALERTS + FOR_PIPELINE_FILES + FOR_NOBODY + FOR_LOOKING
    assert among(loaded(tmp_path, *drive), unwanted) == []
