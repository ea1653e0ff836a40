from __future__ import annotations

import pytest

from orchestrator.engine.engine import _Driver
from tests.simulation.mutants import MUTANTS, Mutant, hunt
from tests.simulation.simulation import simulate
from tests.simulation.turns import Crew

MOST = 600
"""Seeds within which each has to be found; most are within ten."""


@pytest.mark.parametrize("mutant", MUTANTS, ids=lambda mutant: mutant.what)
def test_defect_is_found(mutant: Mutant, crew: Crew) -> None:
    """Within so many seeds of the scenario that it is about; the case that shows it is whole without it."""
    count, result = hunt(mutant, crew, most=MOST)
    assert result is not None, f"{count} cases did not show it"
    assert "TypeError" not in result.problem, "what was put in its place does not fit there any more"
    assert simulate(result.case, crew).problem == ""


def test_mutants_are_told_apart() -> None:
    """Each replaces something by something else, in words of its own."""
    assert len({mutant.what for mutant in MUTANTS}) == len(MUTANTS)
    assert all(vars(mutant.owner)[mutant.name] is not mutant.by for mutant in MUTANTS)
    assert all(mutant.owner is not _Driver or hasattr(_Driver, mutant.name) for mutant in MUTANTS)
