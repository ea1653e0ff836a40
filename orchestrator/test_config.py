from __future__ import annotations

import json
from datetime import date
from pathlib import Path

import pytest

from orchestrator import config
from orchestrator.config import CloudRun, Environment, LogFormat, RunnerKind, StoreAddress, StoreKind, Transport
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


def sqlite(path: Path) -> StoreAddress:
    return StoreAddress(kind=StoreKind.SQLITE, text=str(path), name=str(path))


def test_defaults_lie_in_the_state_folder(tmp_path: Path) -> None:
    """Everything has a default but the release."""
    found = read(tmp_path)
    assert sqlite(tmp_path / ".nightjar" / "runs.sqlite") == found.store
    assert (tmp_path / ".nightjar" / "storage").as_uri() == found.storage
    assert (tmp_path, None, None) == (found.root, found.release, found.day)
    assert found.log_format is LogFormat.AUTO


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("r.json", Path("/here/r.json")),
        ("file:///a/r%20b.json", Path("/a/r b.json")),
        ("gs://bucket/a/r.json", "gs://bucket/a/r.json"),
    ],
)
def test_a_release_is_a_file_or_an_object(text: str, expected: Path | str) -> None:
    """By a path as the user means it, or by a URL."""
    assert config.read({"release": text}, {"BUILD_WORKING_DIRECTORY": "/here"}).release == expected


@pytest.mark.parametrize("text", ["gs://bucket", "gs://bucket/", "gs://bucket/a/", "gs:///a", "file://host/a"])
def test_a_url_that_names_no_release_is_told(text: str) -> None:
    """A bucket or a folder is no release."""
    with pytest.raises(ConfigurationError, match=r"--release: '\S+' (names no object|does not name a)"):
        config.read({"release": text}, {})


def test_flags_win_over_variables(tmp_path: Path) -> None:
    """Each flag has its variable."""
    variables = {"NIGHTJAR_STATE": "other", "NIGHTJAR_STORE": "sqlite:x.db", "NIGHTJAR_DATE": "2018-02-01"}
    found = read(tmp_path, {"state": "mine", "log_format": "json"}, **variables)
    assert (tmp_path / "mine", sqlite(tmp_path / "x.db"), date(2018, 2, 1)) == (found.state, found.store, found.day)
    assert found.log_format is LogFormat.JSON


@pytest.mark.parametrize("url", ["sqlite:/abs/x.db", "sqlite:///abs/x.db"])
def test_store_url_names_a_file(tmp_path: Path, url: str) -> None:
    """With or without the slashes of an empty host."""
    assert sqlite(Path("/abs/x.db")) == read(tmp_path, {"store": url}).store


@pytest.mark.parametrize(
    ("url", "kind", "name"),
    [
        ("file:///a%20store", StoreKind.OBJECTS, "/a store"),
        ("gs://bucket/pre/fix", StoreKind.OBJECTS, "gs://bucket/pre/fix"),
        ("postgresql://ann:hidden@db.example:5433/runs", StoreKind.POSTGRES, "postgresql://db.example:5433/runs"),
        ("postgres://ann@db.example/runs?password=hidden", StoreKind.POSTGRES, "postgresql://db.example/runs"),
        ("postgresql://", StoreKind.POSTGRES, "postgresql:///"),
    ],
)
def test_one_url_chooses_the_store(tmp_path: Path, url: str, kind: StoreKind, name: str) -> None:
    """What is shown of it is its name, in which there is no secret."""
    found = read(tmp_path, {"store": url})
    assert (kind, url, name) == (found.store.kind, found.store.text, str(found.store))
    assert "hidden" not in repr(found)


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("sqlite:", "'sqlite:' is no store"),
        ("file://data/x", "'file://data/x' does not name a folder from the root on: write file:///FOLDER"),
        ("file://[x", "'file://[x' is no object store"),
        ("gs:///x", "'gs:///x' does not name a bucket: write gs://BUCKET/PREFIX"),
        ("gs://b/x?y", "does not name a bucket"),
        ("postgresql://h/db?password=hidden&oops=1", "--store: is no address of a database: write postgresql://USER:"),
        ("postgresql://ann:hi:dden@[h/db", "--store: is no address of a database"),
        ("postgresq://ann:hidden@h/db", "'postgresq:…@h/db' is no store"),
    ],
)
def test_store_that_cannot_be_is_told_without_its_password(tmp_path: Path, url: str, expected: str) -> None:
    """With the remedy; what may be a mistyped connection string is cut."""
    check_problems(tmp_path, {"store": url}, expected)
    with pytest.raises(ConfigurationError) as caught:
        read(tmp_path, {"store": url})
    assert "dden" not in str(caught.value)


def test_place_at_which_nothing_was_recorded_yet_is_missing(tmp_path: Path) -> None:
    """Looking makes no file and no folder; of a server nobody knows before asking."""
    for url in ("sqlite:x.db", (tmp_path / "store").as_uri()):
        assert read(tmp_path, {"store": url}).store.is_missing
    (tmp_path / "store").mkdir()
    for url in ((tmp_path / "store").as_uri(), "gs://bucket/x", "postgresql:///db"):
        assert not read(tmp_path, {"store": url}).store.is_missing


def test_every_problem_is_told_at_once(tmp_path: Path) -> None:
    """With the flag, the value and a remedy each."""
    flags = {
        "store": "mysql://x",
        "storage": "s3://x",
        "root": "nowhere",
        "environment": "absent.json",
        "log_format": "xml",
        "date": "2018-02-30",
    }
    check_problems(
        tmp_path,
        flags,
        "--store: 'mysql://x' is no store: write sqlite:PATH, file:///FOLDER, gs://BUCKET/PREFIX or postgresql://USER:",
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


def test_runner_on_cloud_run_is_described(tmp_path: Path) -> None:
    """Project and region may be left to the machine; the rest has defaults."""
    found = read(tmp_path, {"runner": "cloud-run"})
    assert RunnerKind.CLOUD_RUN is found.runner
    expected = CloudRun(
        project=None,
        region=None,
        endpoint=None,
        transport=Transport.GRPC,
        poll_by_listing=False,
        launches_per_minute=60,
    )
    assert expected == found.cloud_run
    variables = {
        "NIGHTJAR_PROJECT": "example.com:quakes-1",
        "NIGHTJAR_REGION": "us-east4",
        "NIGHTJAR_ENDPOINT": "127.0.0.1:8080",
        "NIGHTJAR_TRANSPORT": "rest",
        "NIGHTJAR_POLL_BY_LISTING": "yes",
        "NIGHTJAR_LAUNCHES_PER_MINUTE": "180",
    }
    expected = CloudRun(
        project="example.com:quakes-1",
        region="us-east4",
        endpoint="127.0.0.1:8080",
        transport=Transport.REST,
        poll_by_listing=True,
        launches_per_minute=180,
    )
    assert expected == read(tmp_path, {}, **variables).cloud_run


def test_problems_of_cloud_run_are_told_at_once(tmp_path: Path) -> None:
    """Each with its flag, its value and a remedy."""
    flags = {
        "runner": "cloud",
        "project": "Quakes",
        "region": "US East",
        "endpoint": "http://localhost:1",
        "transport": "carrier",
        "poll_by_listing": "maybe",
        "launches_per_minute": "0",
    }
    check_problems(
        tmp_path,
        flags,
        "--runner: 'cloud' is not known: write one of process, cloud-run",
        "--project: 'Quakes' is no project's id",
        "--region: 'US East' is no region",
        "--endpoint: 'http://localhost:1' is no address of an emulator: write HOST:PORT",
        "--transport: 'carrier' is not known: write one of grpc, rest",
        "--poll-by-listing: 'maybe' is not known: write one of yes, no",
        "--launches-per-minute: '0' is no number of 1 to 9999",
    )


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
