import json
import os
import pathlib
import subprocess

import pytest

from deploy import release
from orchestrator.core import release as codec
from orchestrator.core import spec


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """A folder that looks like a clone with one commit."""
    folder = tmp_path / "repository"
    (folder / ".git").mkdir(parents=True)
    return folder


def fake_git(folder: pathlib.Path, script: str) -> dict[str, str]:
    """A machine whose git is this script."""
    git = folder / "bin" / "git"
    git.parent.mkdir()
    git.write_text(f"#!/bin/sh\n{script}\n")
    git.chmod(0o755)
    return {"PATH": str(git.parent)}


@pytest.mark.parametrize(
    ("script", "expected"),
    [
        ("case $3 in rev-parse) echo abc123 ;; status) : ;; esac", ("abc123", False)),
        ('case $3 in rev-parse) echo abc123 ;; status) echo " M x" ;; esac', ("abc123", True)),
        ("exit 128", ("unknown", True)),
    ],
)
def test_the_revision_is_what_git_says(
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: pathlib.Path,
    repository: pathlib.Path,
    script: str,
    expected: tuple[str, bool],
) -> None:
    """The commit, and whether files differ from it; outside of a clone it is unknown, and so not clean."""
    monkeypatch.setattr(os, "environ", {**os.environ, **fake_git(tmp_path, script)})
    assert release.revision_of(repository) == expected


def test_without_git_the_revision_is_unknown(monkeypatch: pytest.MonkeyPatch, tmp_path: pathlib.Path) -> None:
    """A machine without git can run a day, too."""
    monkeypatch.setenv("PATH", str(tmp_path))
    assert release.revision_of(tmp_path) == ("unknown", True)


def test_the_build_names_every_step_with_a_digest_of_its_own() -> None:
    """The release of this repository is valid; no two programs have the same digest, and no time or path is in it."""
    made = release.of_build(os.environ, pathlib.Path())
    text = codec.dumps(made)
    assert codec.loads(text) == made
    assert set(made.images) == set(made.pipeline.steps)
    assert made.orchestrator is not None
    digests = {made.orchestrator.digest, *(image.digest for image in made.images.values())}
    assert len(digests) == 1 + len(made.images)
    assert str(pathlib.Path.cwd()) not in text
    assert set(made.locks) == {"requirements.lock", "debian.lock"}


def test_the_resolved_pipeline_is_that_of_the_file() -> None:
    """What the build resolved is what the reader makes of pipeline.yaml."""
    resolved = spec.from_json(pathlib.Path(os.environ["RESOLVED_PIPELINE"]).read_text())
    assert spec.resolve(pathlib.Path("pipeline.yaml").read_text()) == resolved


def test_the_digest_changes_with_a_line_of_the_step_alone(tmp_path: pathlib.Path) -> None:
    """A changed file changes the digest of the steps that have it, and of no other."""
    files = {name: tmp_path / name for name in ("kit.py", "a.py", "b.py")}
    for path in files.values():
        path.write_text("x = 1\n")

    def digests() -> dict[str, str]:
        out = tmp_path / "out.json"
        words = [f"--output={out}", "--orchestrator", "--command=o", f"--file=kit.py={files['kit.py']}"]
        for step in ("a", "b"):
            own = [f"--file={name}={files[name]}" for name in ("kit.py", f"{step}.py")]
            words += [f"--step={step}", f"--command={step}", *own]
        subprocess.run([pathlib.Path(os.environ["PROCESS_IMAGES_TOOL"]).absolute(), *words], check=True)
        return {step: image["digest"] for step, image in json.loads(out.read_text())["images"].items()}

    before = digests()
    files["a.py"].write_text("x = 2\n")
    after = digests()
    assert {step for step in before if before[step] != after[step]} == {"a"}
    files["kit.py"].write_text("x = 2\n")
    assert {step for step in before if after[step] != digests()[step]} == {"a", "b"}


def test_an_image_that_is_built_elsewhere_is_that_of_the_pipeline(tmp_path: pathlib.Path) -> None:
    """Its step has no folder here."""
    ref = f"registry.example/dbt@sha256:{'b' * 64}"
    resolved = tmp_path / "pipeline.json"
    text = f"name: a\nschedule: {{cron: '1 0 * * *', time_zone: UTC}}\nsteps: {{dbt: {{image: '{ref}'}}}}\n"
    resolved.write_text(spec.to_json(spec.resolve(text)))
    layouts = tmp_path / "layouts.json"
    own = {"ref": "layout:o", "digest": f"sha256:{'a' * 64}", "command": []}
    layouts.write_text(json.dumps({"images": {}, "locks": {}, "orchestrator": own}))
    made = release.of_build({"RESOLVED_PIPELINE": str(resolved), "LAYOUT_IMAGES": str(layouts)}, tmp_path)
    assert codec.loads(codec.dumps(made)).images["dbt"].ref == ref
