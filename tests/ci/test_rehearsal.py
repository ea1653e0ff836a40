from __future__ import annotations

import json
import os
import pathlib
import tempfile
from collections.abc import Iterator

import pytest

from tests.ci.rehearsal import ENVIRONMENTS, WORD, Rehearsal, rehearsal
from tests.ci.workflows import commands


@pytest.fixture(scope="module")
def place() -> Iterator[Rehearsal]:
    """A place where nothing was deployed yet. Bazel keeps sockets in it, whose paths must be short."""
    with (
        tempfile.TemporaryDirectory(prefix="nightjar-") as folder,
        rehearsal(pathlib.Path(folder), pathlib.Path(os.environ["REPOSITORY"])) as made,
    ):
        yield made


def check(place: Rehearsal, workflow: str) -> None:
    """Every line of the workflow runs, in its order, and well."""
    lines = place.github.run(workflow)
    assert [line.log.read_text()[-4000:] for line in lines if line.code != 0] == []
    assert [line.command for line in lines] == list(commands(place.github.workflow(workflow)))


def jobs(place: Rehearsal, environment: str) -> set[str]:
    """The images that the jobs of an environment run."""
    made = place.projects[environment]
    names = [f"quakes-{name}" for name in (*steps(place, environment), "orchestrator")]
    return {made.job(name)["template"]["template"]["containers"][0]["image"] for name in names}


def applied(place: Rehearsal, environment: str) -> str:
    """The release that was applied last, byte for byte."""
    (path,) = (place.projects[environment].local / "history").rglob("*.json")
    text: str = json.loads(path.read_text())["release"]
    return text


def steps(place: Rehearsal, environment: str) -> set[str]:
    """The steps of the release that was applied last."""
    return {step["name"] for step in json.loads(applied(place, environment))["pipeline"]["steps"]}


def test_a_pull_request_is_tested_and_told_what_it_would_change(place: Rehearsal) -> None:
    """The comment has the plan, and nothing was deployed."""
    check(place, "check")
    said = place.called.read_text()
    assert "gh pr comment 7 --repo somebody/pipeline" in said
    assert "What deploying this to dev changes:" in said
    assert "step load is made: " in said
    assert not (place.projects["dev"].local / "history").exists()


def test_a_commit_of_main_runs_a_day_in_dev_and_is_the_same_release_in_prod(place: Rehearsal) -> None:
    """By digest, and byte for byte."""
    check(place, "release")
    assert applied(place, "dev") == applied(place, "prod")
    release = json.loads(applied(place, "prod"))
    wanted = {image["ref"] for image in (*release["images"].values(), release["orchestrator"])}
    assert jobs(place, "dev") == jobs(place, "prod") == wanted
    assert place.projects["dev"].published("nightjar-dev-data") == steps(place, "dev")
    assert place.projects["prod"].published("nightjar-prod-data") == set()
    assert "gcloud auth configure-docker" in place.called.read_text()


def test_each_night_the_images_are_built_again(place: Rehearsal) -> None:
    """And are the same."""
    check(place, "nightly")


def test_the_value_of_a_secret_is_nowhere(place: Rehearsal) -> None:
    """In no clone, state, plan, release, history or log; the jobs had it, or there would have been no day."""
    assert [WORD in place.projects[each].secrets.values["database"][0] for each in ENVIRONMENTS] == [True, True]
    files = [path for path in place.folder.rglob("*") if path.is_file() and not path.is_symlink()]
    assert len(files) > 100
    assert [path for path in files if WORD.encode() in path.read_bytes()] == []
