from __future__ import annotations

import importlib.resources
import json
import os
import pathlib
import re
import subprocess
from typing import Any

import jsonschema
import pytest

from tests.ci.workflows import ROOT, USES, WORKFLOWS, commands, read

BUILD = ROOT / "cloudbuild.yaml"
COMMAND = re.compile(r"(?:\./bazelw (?:test|run)|\.ci/[a-z]+)(?: [\w./:$-]+)*")
each = pytest.mark.parametrize("path", WORKFLOWS, ids=lambda path: path.stem)


def schema(name: str) -> dict[str, Any]:
    """A schema that check-jsonschema brings."""
    folder = importlib.resources.files("check_jsonschema") / "builtin_schemas" / "vendor"
    found: dict[str, Any] = json.loads((folder / f"{name}.json").read_text(encoding="utf-8"))
    return found


def problems(name: str, values: dict[str, Any]) -> list[str]:
    """What a schema has against a file."""
    rules = schema(name)
    validator = jsonschema.validators.validator_for(rules)(rules)
    return [error.message for error in validator.iter_errors(values)]


def audit(folder: pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Zizmor at the persona that finds most."""
    program = next(path.absolute() for path in map(pathlib.Path, os.environ["ZIZMOR"].split()) if path.name == "zizmor")
    command = [str(program), "--offline", "--no-progress", "--persona", "auditor", str(folder)]
    return subprocess.run(command, capture_output=True, text=True, check=False)


def copied(folder: pathlib.Path, *, old: str, new: str) -> pathlib.Path:
    """The workflows in a folder of their own, with a text replaced."""
    target = folder / ".github" / "workflows"
    target.mkdir(parents=True)
    for path in WORKFLOWS:
        (target / path.name).write_text(path.read_text(encoding="utf-8").replace(old, new), encoding="utf-8")
    return target


def test_there_is_nothing_to_find(tmp_path: pathlib.Path) -> None:
    """Zizmor has no finding."""
    done = audit(copied(tmp_path, old="", new=""))
    assert done.returncode == 0, done.stdout


def test_something_would_be_found(tmp_path: pathlib.Path) -> None:
    """Credentials that stay in a clone are."""
    done = audit(copied(tmp_path, old="persist-credentials: false", new="persist-credentials: true"))
    assert done.returncode != 0
    assert "artipacked" in done.stdout


@each
def test_a_workflow_is_of_githubs_form(path: pathlib.Path) -> None:
    """By the schema; one without a machine to run on is not."""
    values = read(path)
    assert problems("github-workflows", values) == []
    next(iter(values["jobs"].values())).pop("runs-on")
    assert problems("github-workflows", values) != []


def test_the_build_is_of_googles_form() -> None:
    """By the schema; one without steps is not."""
    values = read(BUILD)
    assert problems("cloudbuild", values) == []
    assert problems("cloudbuild", {key: value for key, value in values.items() if key != "steps"}) != []


@each
def test_actions_are_pinned_and_listed(path: pathlib.Path) -> None:
    """By a commit, with the tag beside it, and docs/ci.md has the same three."""
    text = path.read_text(encoding="utf-8")
    listed = re.findall(r"^\| (\S+) \| (\S+) \| `([0-9a-f]{40})` \|", (ROOT / "docs/ci.md").read_text(), re.MULTILINE)
    used = USES.findall(text)
    assert len(used) == text.count("uses:")
    assert {(action, tag, commit) for action, commit, tag in used} <= set(listed)


@each
def test_a_job_is_bounded_and_has_few_rights(path: pathlib.Path) -> None:
    """The workflow has none, each job names its own, and none runs for ever."""
    values = read(path)
    assert values["permissions"] == {}
    assert "concurrency" in values
    for job in values["jobs"].values():
        assert job["timeout-minutes"] <= 120
        assert job["permissions"]["contents"] == "read"


def test_what_deploys_is_never_cut_off() -> None:
    """One deployment for each environment, and the next one waits."""
    jobs = read(ROOT / ".github/workflows/release.yaml")["jobs"]
    assert [jobs[name]["concurrency"] for name in ("dev", "prod")] == [
        {"group": f"deploy-{name}", "cancel-in-progress": False} for name in ("dev", "prod")
    ]
    assert [jobs[name]["environment"] for name in ("dev", "prod")] == ["dev", "prod"]


@pytest.mark.parametrize("path", [*WORKFLOWS, BUILD], ids=lambda path: path.stem)
def test_each_line_is_one_command_of_the_repository(path: pathlib.Path) -> None:
    """Which a person can run as well: `./bazelw` with a target that is there, or a script."""
    lines = list(commands(path))
    assert lines != []
    for line in lines:
        assert COMMAND.fullmatch(line), line
        first, *rest = line.split()
        assert os.access(ROOT / first, os.X_OK), line
        for label in rest if first == "./bazelw" else []:
            assert not label.startswith("//") or is_target(label), line


def is_target(label: str) -> bool:
    """Whether a folder is there, or a BUILD file has the target."""
    package, _, target = label.removeprefix("//").partition(":")
    if package.endswith("..."):
        return (ROOT / package.removesuffix("...")).is_dir()
    build = (ROOT / package / "BUILD.bazel.txt").read_text(encoding="utf-8")
    return f'"{target or package.rpartition("/")[2]}"' in build
