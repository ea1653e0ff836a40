"""The stages on which runners are tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.testing.stages import FakeStage, ProcessStage, Stage


@pytest.fixture(params=["fake", "process"])
def stage(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Stage]:
    """Each runner in turn."""
    if request.param == "fake":
        yield FakeStage()
        return
    made = ProcessStage(tmp_path)
    yield made
    made.clean()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[ProcessStage]:
    """The process runner alone."""
    made = ProcessStage(tmp_path)
    yield made
    made.clean()
