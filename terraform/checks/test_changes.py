"""What another release changes: two plans of one environment, compared resource by resource."""

from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from terraform.checks import places, plans
from terraform.checks.program import Terraform

FIRST, LAST = (places.release()["pipeline"]["steps"][index]["name"] for index in (0, -1))
ADDED = "an_added_step"
ALWAYS = {
    'module.pipeline.module.orchestrator.google_cloud_run_v2_job.this["orchestrator"]',
    "module.pipeline.module.release.google_storage_bucket_object.this",
}
"""Another release is read by the orchestrator from another place."""

type Values = Mapping[str, Mapping[str, Any]]


RELEASES = {
    "same": places.release(),
    "changed": places.with_changes(memory=FIRST, code=LAST),
    "added": places.with_step(ADDED),
}


@pytest.fixture(scope="module")
def before(planned: Mapping[str, Mapping[str, Any]]) -> Values:
    """What the pipeline's release makes."""
    return values(planned["dev"])


@pytest.fixture(scope="module")
def after(terraform: Terraform, tree: pathlib.Path) -> Mapping[str, Values]:
    """What each of the other releases makes of the same environment."""
    files = {name: places.write(tree, release, f"{name}.json") for name, release in RELEASES.items()}
    made = terraform.plans(
        {name: (tree / "environments/dev", [f"-var=release_file={file}"]) for name, file in files.items()}
    )
    return {name: values(plan) for name, plan in made.items()}


def values(plan: Mapping[str, Any]) -> Values:
    """What a plan makes, by address."""
    return {each.address: each.values for each in plans.resources(plan)}


def changed(before: Values, after: Values) -> set[str]:
    """Resources of both that are not the same."""
    return {address for address in before.keys() & after.keys() if before[address] != after[address]}


def job(step: str) -> str:
    """The address of a step's job."""
    return f'module.pipeline.module.steps.google_cloud_run_v2_job.this["{step}"]'


def test_the_same_release_changes_nothing(before: Values, after: Mapping[str, Values]) -> None:
    """A plan depends on nothing but release and values."""
    assert after["same"] == before


def test_one_steps_memory_and_one_steps_code_change_these_two(before: Values, after: Mapping[str, Values]) -> None:
    """No other step's job is touched, whatever else the release holds."""
    assert after["changed"].keys() == before.keys()
    assert changed(before, after["changed"]) == {job(FIRST), job(LAST), *ALWAYS}


def test_a_step_that_is_added_needs_no_line_of_hcl(before: Values, after: Mapping[str, Values]) -> None:
    """Its job, its identity and its rights come by themselves, and nothing of another step changes."""
    new = after["added"].keys() - before.keys()
    assert job(ADDED) in new
    assert [address for address in new if ADDED not in address and ADDED.replace("_", "-") not in address] == []
    assert before.keys() <= after["added"].keys()
    assert changed(before, after["added"]) == ALWAYS
