from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from orchestrator import config
from orchestrator.config import Environment, LogFormat
from orchestrator.core.errors import ConfigurationError


def read(tmp_path: Path, flags: dict[str, str] | None = None, **environ: str) -> config.Config:
    return config.read(dict(flags or {}), {"BUILD_WORKING_DIRECTORY": str(tmp_path), **environ})


def check_problems(tmp_path: Path, flags: dict[str, str], *expected: str) -> None:
    """Exactly these problems, in this order."""
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, flags)
    assert len(expected) == len(caught.value.problems)
    for words, problem in zip(expected, caught.value.problems, strict=True):
        assert words in str(problem)


def environment_file(tmp_path: Path, content: object, *, mode: int = 0o600) -> str:
    path = tmp_path / "environment.json"
    path.write_text(content if isinstance(content, str) else json.dumps(content), encoding="utf-8")
    path.chmod(mode)
    return str(path)


def test_defaults_lie_in_the_state_folder(tmp_path: Path) -> None:
    """Everything has a default but the release."""
    found = read(tmp_path)
    assert tmp_path / ".nightjar" / "runs.sqlite" == found.store
    assert (tmp_path / ".nightjar" / "storage").as_uri() == found.storage
    assert (tmp_path, None, None) == (found.root, found.release, found.day)
    assert found.log_format is LogFormat.AUTO


def test_flags_win_over_variables(tmp_path: Path) -> None:
    """Each flag has its variable."""
    variables = {"NIGHTJAR_STATE": "other", "NIGHTJAR_STORE": "sqlite:x.db", "NIGHTJAR_DATE": "2018-02-01"}
    found = read(tmp_path, {"state": "mine", "log_format": "json"}, **variables)
    assert (tmp_path / "mine", tmp_path / "x.db", date(2018, 2, 1)) == (found.state, found.store, found.day)
    assert found.log_format is LogFormat.JSON


@pytest.mark.parametrize("url", ["sqlite:/abs/x.db", "sqlite:///abs/x.db"])
def test_store_url_names_a_file(tmp_path: Path, url: str) -> None:
    """With or without the slashes of an empty host."""
    assert Path("/abs/x.db") == read(tmp_path, {"store": url}).store


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """With the flag, the value and a remedy each."""
    flags = {
        "store": "postgres://x",
        "storage": "s3://x",
        "root": "nowhere",
        "environment": "absent.json",
        "log_format": "xml",
        "date": "2018-02-30",
    }
    check_problems(
        tmp_path,
        flags,
        "--store: 'postgres://x' is no store: write sqlite:PATH",
        "--storage: 's3://x' is no object store",
        "--root: 'nowhere' is no folder",
        "--environment: 'absent.json' cannot be read: No such file",
        "--log-format: 'xml' is not known: write one of auto, text, json",
        "--date: '2018-02-30' is no day of the calendar",
    )


def test_problem_of_a_variable_names_it(tmp_path: Path) -> None:
    """So that it can be found."""
    with pytest.raises(ConfigurationError, match="NIGHTJAR_STORE: 'x' is no store"):
        read(tmp_path, NIGHTJAR_STORE="x")


def test_storage_of_files_names_a_folder_from_the_root_on(tmp_path: Path) -> None:
    """A host or a relative path is a mistake."""
    check_problems(tmp_path, {"storage": "file://data/x"}, "file:///FOLDER")
    assert read(tmp_path, {"storage": "gs://bucket/x"}).storage == "gs://bucket/x"


def test_environment_file_is_read(tmp_path: Path) -> None:
    """Values of this place, and secrets that no message shows."""
    content = {"env": {"SERVICE": "http://here"}, "secrets": {"database": "hidden"}}
    found = read(tmp_path, {"environment": environment_file(tmp_path, content)})
    assert Environment(env={"SERVICE": "http://here"}, secrets={"database": "hidden"}) == found.environment
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        ("{", ["is no JSON"]),
        ([], ["is no JSON object"]),
        ({"environment": {}}, ["unknown key 'environment'"]),
        ({"env": [], "secrets": {"a": 1}}, ["'env' is no JSON object", "secrets.a is no string"]),
    ],
)
def test_environment_file_problems(tmp_path: Path, content: object, expected: list[str]) -> None:
    """Each with its place."""
    check_problems(tmp_path, {"environment": environment_file(tmp_path, content)}, *expected)


def test_environment_file_that_others_can_read_is_refused(tmp_path: Path) -> None:
    """It holds secrets."""
    check_problems(tmp_path, {"environment": environment_file(tmp_path, {}, mode=0o644)}, "chmod 600")
