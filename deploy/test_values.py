from __future__ import annotations

import json
import pathlib

import pytest

from deploy.errors import WrongInput
from deploy.values import read_values

GOOD = {
    "environment": "dev",
    "project": "my-project",
    "region": "us-east4",
    "repository": "us-east4-docker.pkg.dev/my-project/nightjar",
    "state_bucket": "my-project-terraform",
    "releases_bucket": "my-project-releases",
    "database": None,
}


def write(workspace: pathlib.Path, text: str) -> pathlib.Path:
    """A workspace whose environment dev has these values."""
    path = workspace / "terraform/environments/dev/terraform.tfvars.json"
    path.parent.mkdir(parents=True)
    path.write_text(text)
    return workspace


def problems(workspace: pathlib.Path) -> list[str]:
    """What the values are refused for."""
    with pytest.raises(WrongInput) as raised:
        read_values(workspace, "dev")
    return str(raised.value).splitlines()


def test_the_values_are_read(tmp_path: pathlib.Path) -> None:
    """What only Terraform knows is Terraform's to check."""
    values = read_values(write(tmp_path, json.dumps(GOOD)), "dev")
    assert (values.project, values.region, values.repository) == (GOOD["project"], GOOD["region"], GOOD["repository"])
    assert (values.state_bucket, values.history) == ("my-project-terraform", "gs://my-project-releases/history")


def test_every_problem_is_told_at_once(tmp_path: pathlib.Path) -> None:
    """Each with its place, its value and what to write."""
    wrong = {**GOOD, "project": "My Project", "state_bucket": 1, "regoin": "us-east4", "environment": "prod"}
    del wrong["region"]
    place = "terraform/environments/dev/terraform.tfvars.json: "
    assert problems(write(tmp_path, json.dumps(wrong))) == [
        f"{place}environment: 'prod' is not the name of this folder: write 'dev'",
        f"{place}project: 'My Project' is not the project's id as Google shows it, in lower case",
        f"{place}region is missing: write a region such as us-east4; is it meant by 'regoin'?",
        f"{place}state_bucket: 1 is not the name of the bucket of Terraform's state",
    ]


@pytest.mark.parametrize(
    ("text", "says"), [("{", "is no JSON"), ("[]", "is no JSON object"), (None, "cannot be read: No such file")]
)
def test_a_file_that_is_none_is_told(tmp_path: pathlib.Path, text: str | None, says: str) -> None:
    """By its name."""
    workspace = tmp_path if text is None else write(tmp_path, text)
    (problem,) = problems(workspace)
    assert says in problem
