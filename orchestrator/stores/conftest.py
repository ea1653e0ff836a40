"""The benches on which stores are tested."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from orchestrator.testing import benches


@pytest.fixture(params=["memory", "sqlite"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[benches.Bench]:
    """Each store in turn."""
    made = benches.memory() if request.param == "memory" else benches.sqlite(tmp_path / "runs.sqlite")
    yield made
    made.close()
