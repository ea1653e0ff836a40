"""What the tests of the simulation share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.simulation.turns import Crew


@pytest.fixture
def crew() -> Iterator[Crew]:
    """Threads that play."""
    with Crew() as hired:
        yield hired
