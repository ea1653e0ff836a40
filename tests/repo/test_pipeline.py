from __future__ import annotations

import os
import pathlib

from orchestrator.core import spec

ROOT = pathlib.Path(os.environ.get("SOURCES", "pyproject.toml")).parent
PIPELINE = spec.resolve(spec.decode((ROOT / "pipeline.yaml").read_bytes()))


def test_the_pipeline_of_the_repository_is_one() -> None:
    """It resolves, and survives the way to its resolved form and back."""
    assert spec.from_json(spec.to_json(PIPELINE)) == PIPELINE


def test_steps_are_folders_and_entries() -> None:
    """Each step of pipeline.yaml is a folder of steps/ with a BUILD.bazel, and each such folder but kit is a step.

    A step whose image is built elsewhere has no folder. `./bazelw run //:new_step -- NAME` writes both.
    """
    folders = {path.parent.name for path in (ROOT / "steps").glob("*/BUILD.bazel*")}
    assert folders - {"kit"} == {name for name, step in PIPELINE.steps.items() if step.image is None}


def test_editors_find_the_schema() -> None:
    """The first line of pipeline.yaml names the schema that lies beside it."""
    first = (ROOT / "pipeline.yaml").read_text(encoding="utf-8").splitlines()[0]
    assert first == "# yaml-language-server: $schema=./pipeline.schema.json"
    assert (ROOT / "pipeline.schema.json").exists()
