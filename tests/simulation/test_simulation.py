from __future__ import annotations

import dataclasses

import pytest

from tests.simulation.drawing import SCENARIOS, draw
from tests.simulation.faults import Kind
from tests.simulation.mutants import MUTANTS, hunt
from tests.simulation.shrinking import shrink
from tests.simulation.simulation import simulate
from tests.simulation.story import tell
from tests.simulation.turns import Crew

SEEDS = 100
"""Cases of each scenario; `//proof:simulation` goes on from there."""


@pytest.mark.parametrize("scenario", SCENARIOS)
def test_everything_holds_whatever_the_faults(scenario: str, crew: Crew) -> None:
    """A case that breaks something is made small and told."""
    for seed in range(1, SEEDS + 1):
        result = simulate(draw(scenario, seed), crew)
        assert not result.problem, tell(shrink(result, crew))


def test_every_fault_comes_to_pass(crew: Crew) -> None:
    """A kind that is drawn and never met would prove nothing."""
    results = [simulate(draw("storm", seed), crew) for seed in range(1, 41)]
    assert set(Kind) == {fault.kind for result in results for fault in result.checker.faults}


def test_same_case_tells_the_same_story(crew: Crew) -> None:
    """To the last line, whatever was played before."""
    for seed in range(1, 11):
        first = tell(simulate(draw("storm", seed), crew))
        assert first == tell(simulate(draw("storm", seed), crew))


def test_story_of_a_defect_is_short(crew: Crew) -> None:
    """What is not needed to break something is left out, and it is broken in the same way."""
    (mutant,) = (each for each in MUTANTS if each.what == "a task works without its claim")
    _, found = hunt(mutant, crew, most=200)
    assert found is not None
    with mutant.alive():
        small = shrink(found, crew)
    assert "it works a second time" in small.problem
    assert len(small.case.faults) <= 2
    assert len(small.case.stimuli) <= 2
    story = tell(small)
    assert "run.opened" in story
    assert story.splitlines()[-1].endswith(f"BROKEN: {small.problem}")


def test_case_without_processes_has_no_run(crew: Crew) -> None:
    """What is left then are the triggers at the end, which bring the day to its end alone."""
    case = dataclasses.replace(draw("calm", 1), stimuli=())
    result = simulate(case, crew)
    assert not result.problem
    assert {entry.who.rpartition(".")[0] for entry in result.checker.story} == {"last1", ""}
