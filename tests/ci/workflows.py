"""The workflows as data: their jobs, the commands that these run, the actions that they use, each in its order."""

from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Iterator
from typing import Any

import yaml

ROOT = pathlib.Path(os.environ.get("SOURCES", "pyproject.toml")).parent
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yaml"))
USES = re.compile(r"uses: (\S+)@(\S+)(?: # (\S+))?$", re.MULTILINE)
"""An action, its commit, its tag."""


def read(path: pathlib.Path) -> dict[str, Any]:
    """A workflow or build. YAML 1.1 takes the key `on` for a truth."""
    values: dict[Any, Any] = yaml.safe_load(path.read_text(encoding="utf-8"))
    return {"on" if key is True else key: value for key, value in values.items()}


def commands(path: pathlib.Path) -> Iterator[str]:
    """What a workflow's `run:` lines, or a build's steps, execute in this repository."""
    values = read(path)
    for job in values.get("jobs", {}).values():
        yield from (step["run"] for step in job["steps"] if "run" in step)
    for step in values.get("steps", []):
        if step["id"] != "terraform":  # It copies a program of its image.
            yield " ".join([step["entrypoint"], *step["args"]])
