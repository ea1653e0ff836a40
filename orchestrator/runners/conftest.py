"""The stages on which runners are tested."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.testing.emulator import Emulator, emulator
from orchestrator.testing.stages import CloudRunStage, FakeStage, ImageStage, ProcessStage, ProgramStage, Stage


@pytest.fixture(scope="session")
def cloud(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Emulator]:
    """One emulator for all tests; each has jobs of its own."""
    with emulator(tmp_path_factory.mktemp("cloud")) as running:
        yield running


@pytest.fixture(params=["fake", "process", "image", "cloud-run", "cloud-run-rest"])
def stage(request: pytest.FixtureRequest, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """Each runner in turn."""
    # Process 1 of an image loses a SIGTERM that comes before it is ready for it; so SIGKILL comes soon.
    monkeypatch.setattr("orchestrator.runners.process.GRACE", timedelta(seconds=1))
    if request.param == "fake":
        yield FakeStage()
        return
    made: ProgramStage
    match request.param:
        case "process":
            made = ProcessStage(tmp_path)
        case "image":
            made = ImageStage(tmp_path)
        case transport:
            made = CloudRunStage(tmp_path, request.getfixturevalue("cloud"), rest=transport == "cloud-run-rest")
    yield made
    made.clean()


@pytest.fixture
def processes(tmp_path: Path) -> Iterator[ProcessStage]:
    """The process runner alone."""
    made = ProcessStage(tmp_path)
    yield made
    made.clean()


@pytest.fixture
def contained(tmp_path: Path) -> Iterator[ImageStage]:
    """The process runner with steps from an image."""
    made = ImageStage(tmp_path)
    yield made
    made.clean()
