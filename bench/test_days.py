from __future__ import annotations

from pathlib import Path

import pytest

from bench import days, processes, programs
from orchestrator.core import graph
from orchestrator.core.events import Outcome
from orchestrator.core.states import fold
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing.build import DAY
from steps.kit.contract import RunId


def test_chain_has_one_step_after_the_other() -> None:
    """Nothing of it can run side by side."""
    assert graph.layers(days.chain(3)) == (("s0",), ("s1",), ("s2",))


def test_layers_are_as_wide_as_asked() -> None:
    """Each waits for the one before."""
    assert [len(layer) for layer in graph.layers(days.layers(10, width=4, parallelism=8))] == [4, 4, 2]


def test_measured_day_is_a_whole_one(tmp_path: Path) -> None:
    """What is timed is a run of every step to its end, in the store."""
    store = SqliteStore(tmp_path / "runs.sqlite")
    assert days.seconds_a_step(store, days.chain(3), DAY) > 0
    view = fold(store.read(RunId("toy", DAY, 1)))
    assert Outcome.SUCCEEDED is view.outcome
    assert {1} == {step.number for step in view.steps.values()}
    store.close()


def test_day_that_is_done_is_not_measured(tmp_path: Path) -> None:
    """A second measurement of the same day would time nothing, so it is refused."""
    store = SqliteStore(tmp_path / "runs.sqlite")
    days.seconds_a_step(store, days.chain(1), DAY)
    with pytest.raises(RuntimeError, match="did not succeed"):
        days.seconds_a_step(store, days.chain(1), DAY)
    store.close()


def test_watching_is_measured_in_a_process_of_its_own(tmp_path: Path) -> None:
    """It tells the share of the processor and the memory while steps run that never end."""
    found = processes.idle(tmp_path, steps=5, seconds=0.1)
    assert {"cpu", "rss"} == set(found)
    assert found["rss"] > 1_000_000


def test_processes_are_measured_from_call_to_first_instruction(tmp_path: Path) -> None:
    """The steps are real, and so is what `status` prints of them."""
    yard = processes.Yard(tmp_path, programs.sources(bytecode=tmp_path / "bytecode"))
    try:
        assert yard.first_instruction() > 0
        assert len(yard.to_the_next(3)) == 2
        assert yard.status() > 0
    finally:
        yard.close()
