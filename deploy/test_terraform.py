from __future__ import annotations

import json
import pathlib

import pytest

from deploy import terraform
from deploy.errors import NotReady, WrongInput

PLAN = "environments/dev"


def program(folder: pathlib.Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine whose terraform is this script, and which has nothing else."""
    path = folder / "bin" / "terraform"
    path.parent.mkdir(exist_ok=True)
    path.write_text(f"#!/bin/sh\n{script}\n")
    path.chmod(0o755)
    monkeypatch.setenv("PATH", f"{path.parent}:/usr/bin:/bin")


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ('{"terraform_version": "1.10.5"}', "is Terraform 1.10.5: put Terraform 1.11 or newer on PATH"),
        ('{"terraform_version": "0.15.0"}', "is Terraform 0.15.0"),
        ("Terraform v1.11", "does not say which version it is"),
    ],
)
def test_a_terraform_that_is_too_old_is_told(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, said: str, problem: str
) -> None:
    """With what to do."""
    program(tmp_path, f"echo '{said}'", monkeypatch)
    with pytest.raises(NotReady, match=problem):
        terraform.check_version()


@pytest.mark.parametrize("version", ["1.11.0", "1.12.0-beta1", "2.0.0"])
def test_a_terraform_that_is_young_enough_does(
    tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """Versions are compared by their numbers."""
    program(tmp_path, f"echo '{json.dumps({'terraform_version': version})}'", monkeypatch)
    terraform.check_version()


def test_a_machine_without_terraform_is_told(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """With where to get it."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(NotReady, match="there is no terraform on PATH: put Terraform"):
        terraform.check_version()


def test_terraform_is_called_for_one_environment(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """In its folder, with its own data, its state's place, and no question."""
    log = tmp_path / "log"
    program(tmp_path, f'echo "$PWD $TF_DATA_DIR $TF_INPUT $*" >>{log}; [ "$1" != plan ] || exit 2', monkeypatch)
    folder = tmp_path / "terraform" / PLAN
    folder.mkdir(parents=True)
    data = tmp_path / "data"
    made = terraform.in_bucket(tmp_path, f"terraform/{PLAN}", data, bucket="b", variables={"release_file": "/r.json"})
    made.init()
    assert made.plan(targets=["x"])
    place = f"{folder} {data} 0"
    assert log.read_text().splitlines() == [
        f"{place} init -reconfigure -backend-config=bucket=b -backend-config=prefix={PLAN}",
        f"{place} plan -detailed-exitcode -out={data}/plan -var=release_file=/r.json -target=x",
    ]


def test_a_local_state_needs_no_change_of_the_sources(tmp_path: pathlib.Path) -> None:
    """The configuration is seen through links, with one file more."""
    folder = tmp_path / "terraform" / PLAN
    folder.mkdir(parents=True)
    (folder / "main.tf").write_text("# main\n")
    (tmp_path / "terraform" / "modules").mkdir()
    for _ in range(2):
        made = terraform.in_folder(
            tmp_path, f"terraform/{PLAN}", tmp_path / "data", state=tmp_path / "state", variables={}
        )
    assert {path.name for path in made.folder.iterdir()} == {"main.tf", "backend_override.tf"}
    assert (made.folder / "../../modules").resolve() == tmp_path / "terraform" / "modules"
    assert [path.name for path in folder.iterdir()] == ["main.tf"]
    assert made.backend == {"path": str(tmp_path / "state" / "terraform.tfstate")}


def test_a_failure_is_told_in_terraforms_own_words(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without colours."""
    program(tmp_path, "printf '\\033[31mError:\\033[0m no such thing\\n' >&2; exit 1", monkeypatch)
    made = terraform.Terraform(folder=tmp_path, data=tmp_path / "data", backend={}, variables={})
    with pytest.raises(WrongInput, match=r"terraform init of .* fails:\nError: no such thing"):
        made.init()
