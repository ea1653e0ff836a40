"""What another release changes: two plans of one environment, compared resource by resource."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from terraform.checks import places, plans, program
from terraform.checks.program import Terraform

FIRST, LAST = (places.release()["pipeline"]["steps"][index]["name"] for index in (0, -1))
ADDED = "an_added_step"
ALWAYS = {
    'module.pipeline.module.orchestrator.google_cloud_run_v2_job.this["orchestrator"]',
    "module.pipeline.module.release.google_storage_bucket_object.this",
}
"""Another release is read by the orchestrator from another place."""

type Values = Mapping[str, Mapping[str, Any]]


@pytest.fixture(scope="module")
def place(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """An environment that is ready to be planned."""
    folder = program.copy(places.SOURCES, tmp_path_factory.mktemp("changes") / "terraform") / "environments/dev"
    terraform.begin(folder)
    return folder


@pytest.fixture(scope="module")
def before(terraform: Terraform, place: pathlib.Path) -> Values:
    """What the pipeline's release makes."""
    return values(terraform, place, places.release())


def values(terraform: Terraform, place: pathlib.Path, release: dict[str, Any]) -> Values:
    """What a release makes, by address."""
    plan = terraform.plan(place, [f"-var=release_file={places.write(place, release)}"])
    return {each.address: each.values for each in plans.resources(plan)}


def changed(before: Values, after: Values) -> set[str]:
    """Resources of both that are not the same."""
    return {address for address in before.keys() & after.keys() if before[address] != after[address]}


def job(step: str) -> str:
    """The address of a step's job."""
    return f'module.pipeline.module.steps.google_cloud_run_v2_job.this["{step}"]'


def test_the_same_release_changes_nothing(terraform: Terraform, place: pathlib.Path, before: Values) -> None:
    """A plan depends on nothing but release and values."""
    assert values(terraform, place, places.release()) == before


def test_one_steps_memory_and_one_steps_code_change_these_two(
    terraform: Terraform, place: pathlib.Path, before: Values
) -> None:
    """No other step's job is touched, whatever else the release holds."""
    after = values(terraform, place, places.with_changes(memory=FIRST, code=LAST))
    assert after.keys() == before.keys()
    assert changed(before, after) == {job(FIRST), job(LAST), *ALWAYS}


def test_a_step_that_is_added_needs_no_line_of_hcl(terraform: Terraform, place: pathlib.Path, before: Values) -> None:
    """Its job, its identity and its rights come by themselves, and nothing of another step changes."""
    after = values(terraform, place, places.with_step(ADDED))
    new = after.keys() - before.keys()
    assert job(ADDED) in new
    assert [address for address in new if ADDED not in address and ADDED.replace("_", "-") not in address] == []
    assert before.keys() <= after.keys()
    assert changed(before, after) == ALWAYS
