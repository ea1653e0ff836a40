from __future__ import annotations

from orchestrator.core.launch import launch
from orchestrator.core.states import fold
from orchestrator.testing import build
from steps.kit import contract


def test_launch_has_the_contract_variables() -> None:
    """A task is told what the contract promises, from the values that the run keeps."""
    view = fold(build.log(build.pipeline(build.step("a"))))
    found = launch(view, build.attempt("a", 2))
    assert found.environment == {
        contract.RUN: "toy-2018-02-01-g1",
        contract.STEP: "a",
        contract.ATTEMPT: "toy-2018-02-01-g1/a/2",
        contract.LOGICAL_DATE: "2018-02-01",
        contract.TIME_ZONE: "America/New_York",
        contract.STORAGE: "memory:",
    }
    assert view.release.images["a"] == found.image
    assert view.release.pipeline.steps["a"] == found.step
