from __future__ import annotations

import dataclasses
import json
import os
import pathlib
import subprocess
from collections.abc import Sequence

import pytest

from deploy import pushing
from deploy.crane import Crane
from deploy.errors import Denied, DeployError, NotReady, Passing
from deploy.pushing import Local, Push, Pushed
from deploy.registry import connect
from deploy.repository import Repository
from orchestrator.core import release
from tests.push.conftest import login
from tests.push.gate import Gate

CHANGED_STEP = 20_000
"""The most bytes that a changed line of a step may cost."""


class Watcher:
    """Somebody who adds up what arrives."""

    def __init__(self) -> None:
        self.bytes = 0

    def began(self, name: str, missing: int) -> None:
        """An image is next."""

    def arrived(self, size: int) -> None:
        """Add it."""
        self.bytes += size


def image(variable: str, *, name: str) -> Local:
    """An image that Bazel built."""
    layout = pathlib.Path(os.environ[variable])
    (entry,) = json.loads((layout / "index.json").read_bytes())["manifests"]
    return pushing.read(name, layout, entry["digest"])


BEFORE, AFTER = image("BEFORE", name="step"), image("AFTER", name="step")
OTHER = image("AFTER", name="other")


def push(
    gate: Gate,
    crane: pathlib.Path,
    images: Sequence[Local],
    *,
    tags: Sequence[str] = (),
    dry: bool = False,
    tries: int = 4,
) -> list[Pushed]:
    """Push, and check that what is said to have been sent is what the registry got."""
    watcher, before = Watcher(), gate.sent()
    registry = connect(Repository(gate.host, "project/nightjar"), Crane(program=crane, pause=0.01, tries=tries))
    with registry.http:
        rows = list(Push(registry=registry, tags=tags, watcher=watcher, dry=dry).images(images))
    if not dry:
        manifests = sum(each.sizes[each.digest] for each, row in zip(images, rows, strict=True) if row.uploaded)
        assert sum(row.uploaded for row in rows) == gate.sent() - before + manifests == watcher.bytes
    return rows


def test_an_image_is_sent_once(strict: Gate, crane: pathlib.Path) -> None:
    """The first push sends all of it, the second no blob and no manifest."""
    (first,) = push(strict, crane, [BEFORE])
    assert (first.uploaded, first.size) == (BEFORE.size, BEFORE.size)
    strict.asked.clear()
    (second,) = push(strict, crane, [BEFORE])
    assert (second.uploaded, second.mounted) == (0, 0)
    assert [each for each in strict.asked if not each.startswith(("HEAD", "GET"))] == []


def test_a_changed_line_of_a_step_is_cheap(strict: Gate, crane: pathlib.Path) -> None:
    """Its layer, the configuration and the manifest, and nothing of what lies below."""
    push(strict, crane, [BEFORE])
    (row,) = push(strict, crane, [AFTER])
    assert 0 < row.uploaded <= CHANGED_STEP


def test_layers_of_another_image_are_mounted(strict: Gate, crane: pathlib.Path) -> None:
    """The second name gets them from the first without their being sent."""
    first, second = push(strict, crane, [BEFORE, OTHER])
    assert first.uploaded == BEFORE.size
    assert second.uploaded <= CHANGED_STEP
    assert second.mounted == OTHER.size - second.uploaded
    assert {name for name, _ in strict.mounted} == {"project/nightjar/other"}


def test_a_dry_run_foresees_the_push_and_writes_nothing(strict: Gate, crane: pathlib.Path) -> None:
    """The same numbers, and only questions."""
    foreseen = push(strict, crane, [BEFORE, OTHER], tags=["v1"], dry=True)
    assert [each for each in strict.asked if not each.startswith(("HEAD", "GET"))] == []
    done = push(strict, crane, [BEFORE, OTHER], tags=["v1"])
    assert [(row.uploaded, row.mounted) for row in foreseen] == [(row.uploaded, row.mounted) for row in done]


def test_uploads_that_are_cut_are_made_again(strict: Gate, crane: pathlib.Path) -> None:
    """A connection that breaks in the middle of a blob costs that blob and no other."""
    strict.cuts = 2
    (row,) = push(strict, crane, [BEFORE])
    assert row.uploaded == BEFORE.size
    assert strict.cuts == 0
    assert [sizes for sizes in strict.uploaded.values() if len(sizes) > 1] == []


def test_a_push_that_failed_goes_on_where_it_stopped(strict: Gate, crane: pathlib.Path) -> None:
    """What arrived before is not sent again."""
    # Fewer blobs are that large than crane sends side by side, so that others pass.
    strict.cuts, strict.cut_after = 1_000, 5_000_000
    with pytest.raises(Passing, match="cannot be used now"):
        push(strict, crane, [BEFORE], tries=1)
    arrived = set(strict.uploaded)
    assert 0 < len(arrived) < len(BEFORE.blobs)
    strict.cuts = 0
    push(strict, crane, [BEFORE])
    assert [key for key, sizes in strict.uploaded.items() if len(sizes) > 1] == []
    assert arrived < set(strict.uploaded)


def test_tags_name_what_was_pushed(strict: Gate, crane: pathlib.Path) -> None:
    """Also an image that was there already; a tag that names it is not written again."""
    push(strict, crane, [BEFORE])
    push(strict, crane, [BEFORE], tags=["v1", "v2"])
    assert [each for each in strict.asked if each.startswith("PUT") and "/manifests/v" in each] == [
        f"PUT /v2/project/nightjar/step/manifests/{tag}" for tag in ("v1", "v2")
    ]
    strict.asked.clear()
    push(strict, crane, [BEFORE], tags=["v1", "v2"])
    assert [each for each in strict.asked if each.startswith("PUT")] == []


@pytest.mark.parametrize(
    ("refusal", "kind", "says"),
    [
        ((403, "DENIED"), Denied, "does not let you push"),
        ((404, "NAME_UNKNOWN"), NotReady, "does not exist"),
        ((503, "UNAVAILABLE"), Passing, "cannot be used now"),
    ],
)
def test_refusals_are_told_with_a_remedy(
    strict: Gate, crane: pathlib.Path, refusal: tuple[int, str], kind: type[DeployError], says: str
) -> None:
    """A right that is missing, a repository that is missing, a registry that is down."""
    strict.refusal = refusal
    with pytest.raises(kind, match=says):
        push(strict, crane, [BEFORE], tries=1)


def test_who_is_not_logged_in_is_told_how(strict: Gate, crane: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """With nobody's credentials, and with wrong ones."""
    login(tmp_path / "docker", strict.host, "somebody:wrong")
    with pytest.raises(Denied, match="Log in: crane auth login"):
        push(strict, crane, [BEFORE])
    (tmp_path / "docker" / "config.json").write_text("{}")
    with pytest.raises(Denied, match="Log in: crane auth login"):
        push(strict, crane, [BEFORE])


def test_a_registry_that_is_not_there_is_told(crane: pathlib.Path) -> None:
    """By its name, as something to try again."""
    registry = connect(Repository("127.0.0.1:1", "a/b"), Crane(program=crane, pause=0.01))
    with registry.http, pytest.raises(Passing, match=r"127\.0\.0\.1:1 cannot be used now"):
        list(Push(registry=registry, tags=(), watcher=Watcher(), dry=False).images([BEFORE]))


class Clone:
    """A clone of the repository, as far as the program looks at one: its revision and where release.json goes."""

    def __init__(self, folder: pathlib.Path, status: str = "") -> None:
        self.folder = folder
        git = folder / "bin" / "git"
        git.parent.mkdir(parents=True)
        git.write_text(f"#!/bin/sh\ncase $3 in rev-parse) echo {'a' * 40} ;; status) printf '{status}' ;; esac\n")
        git.chmod(0o755)

    def push(self, *arguments: str, **variables: str) -> subprocess.CompletedProcess[str]:
        """`bazel run //deploy:push -- …` in it."""
        folders = {"BUILD_WORKSPACE_DIRECTORY": str(self.folder), "BUILD_WORKING_DIRECTORY": str(self.folder)}
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return subprocess.run(
            [pathlib.Path(os.environ["PUSH"]).absolute(), *arguments],
            env={**os.environ, **folders, "PATH": path, **variables},
            capture_output=True,
            text=True,
            check=False,
        )


def test_all_images_are_pushed_and_the_release_written(strict: Gate, tmp_path: pathlib.Path) -> None:
    """From two clones it has equal bytes; the second push sends nothing and says so."""
    repository = ["--repository", f"{strict.host}/project/nightjar"]
    one, two = Clone(tmp_path / "one"), Clone(tmp_path / "some" / "other")
    first = one.push(*repository)
    assert (first.returncode, first.stderr.splitlines()[0].split(":")[0]) == (0, "push")
    sent = strict.sent()
    second = two.push(*repository)
    assert second.returncode == 0, second.stderr
    assert (strict.sent(), "0 B uploaded" in second.stdout) == (sent, True)
    text = (one.folder / "release.json").read_text()
    assert text == (two.folder / "release.json").read_text()
    made = release.loads(text)
    assert made.orchestrator is not None
    for name, each in {**made.images, "orchestrator": made.orchestrator}.items():
        assert each.ref == f"{strict.host}/project/nightjar/{name}@{each.digest}"
        assert f"{name} " in first.stdout
        assert each.digest in first.stdout


def test_the_program_refuses_what_nobody_could_build_again(strict: Gate, tmp_path: pathlib.Path) -> None:
    """Changed files and a stale lock, both told at once; nothing is written. Changed files can be allowed."""
    dirty = Clone(tmp_path / "dirty", " M README.md")
    drift = tmp_path / "drift.json"
    drift.write_text(json.dumps([{"name": "libc6", "pinned": "2.41-1", "used": "2.41-2"}]))
    repository = ["--repository", f"{strict.host}/project/nightjar"]
    done = dirty.push(*repository, DRIFT=str(drift))
    assert done.returncode == 78
    assert "libc6 (pinned 2.41-1, here 2.41-2)" in done.stderr
    assert "--allow-dirty" in done.stderr
    assert dirty.push(*repository).returncode == 78
    assert dirty.push(*repository, "--allow-dirty", "--dry-run").returncode == 0
    assert not (dirty.folder / "release.json").exists()
    assert strict.has == set()


@pytest.mark.parametrize(
    ("arguments", "code", "says"),
    [
        (["--repository", "registry.example/A:1"], 65, "write HOST/PROJECT/REPOSITORY"),
        (["--repository", "r.example/a", "--tag", ".x", "--tag", "a/b"], 65, "'a/b' is no tag"),
        ([], 65, "terraform/environments/dev/terraform.tfvars.json cannot be read"),
        (["--env", "moon"], 64, "--env"),
        (["--repository", "127.0.0.1:1/a/b"], 75, "cannot be used now"),
    ],
)
def test_mistakes_have_exit_codes(tmp_path: pathlib.Path, arguments: list[str], code: int, says: str) -> None:
    """And a message without a traceback; --help has the table."""
    clone = Clone(tmp_path / "clone")
    done = clone.push(*arguments)
    assert (done.returncode, says in done.stderr, "Traceback" in done.stderr) == (code, True, False), done.stderr
    assert str(code) in clone.push("--help").stdout


def test_a_damaged_image_is_not_pushed(strict: Gate, crane: pathlib.Path, tmp_path: pathlib.Path) -> None:
    """The registry would refuse a blob of another digest; nothing gets a name then."""
    broken = dataclasses.replace(BEFORE, layout=tmp_path / "layout")
    for path in BEFORE.layout.rglob("*"):
        copy = broken.layout / path.relative_to(BEFORE.layout)
        copy.parent.mkdir(parents=True, exist_ok=True)
        if path.is_file():
            content = path.read_bytes()
            copy.write_bytes(content[:-1] if path.name == BEFORE.blobs[0].removeprefix("sha256:") else content)
    with pytest.raises(DeployError):
        push(strict, crane, [broken], tries=1)
    assert strict.asked[-1:] != []
    assert [each for each in strict.asked if each.startswith("PUT") and "/manifests/" in each] == []
