from __future__ import annotations

import json
import pathlib

import pytest

from tools.images import record


@pytest.fixture
def place(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """A repository that is where images are built too, without any."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(tmp_path))
    return tmp_path


def build(package: str, size: int) -> str:
    """An image of one layer; what `--image` is given for it."""
    blobs = {
        f"manifest-{size}": {
            "config": {"digest": f"sha256:config-{size}"},
            "layers": [{"digest": f"sha256:{size}", "size": size}],
        },
        f"config-{size}": {"history": [{"created_by": "bazel build //x"}]},
    }
    folder = pathlib.Path(package, "image")
    (folder / "blobs/sha256").mkdir(parents=True, exist_ok=True)
    (folder / "index.json").write_text(json.dumps({"manifests": [{"digest": f"sha256:manifest-{size}"}]}))
    for name, value in blobs.items():
        (folder / "blobs/sha256" / name).write_text(json.dumps(value))
    return str(folder)


def run(place: pathlib.Path, *images: str, drift: str = "[]") -> int:
    """Record these images."""
    (place / "drift.json").write_text(drift)
    return record.main(["--drift", "drift.json", "--image", *images])


def files(place: pathlib.Path) -> dict[str, str]:
    """What is recorded."""
    return {str(path.relative_to(place)): path.read_text() for path in place.rglob("image.json")}


def test_each_image_has_a_file_of_its_own(place: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """It is told once; recording again changes nothing, and an image that changes changes its own file."""
    assert run(place, build("steps/b", 10), build("steps/a", 10)) == 0
    told = [f"+ steps/{name} sha256:manifest-10 10 bytes (+10)" for name in "ab"]
    assert capsys.readouterr().out.splitlines() == told
    before = files(place)
    assert before.keys() == {"steps/a/image.json", "steps/b/image.json"}
    assert run(place, "steps/b/image", "steps/a/image") == 0
    assert (capsys.readouterr().out, files(place)) == ("record: nothing to change\n", before)
    assert run(place, "steps/a/image", build("steps/b", 12)) == 0
    assert capsys.readouterr().out == "  steps/b sha256:manifest-12 12 bytes (+2)\n"
    after = files(place)
    assert [name for name in before if before[name] != after[name]] == ["steps/b/image.json"]
    found = record.read(pathlib.Path("steps/b/image.json"))
    assert found == record.Record("sha256:manifest-12", (record.LayerRecord("//x", "sha256:12", 12),))


def test_nothing_is_recorded_of_other_packages(place: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where Debian packages differ from the lock they are named, and no file is written."""
    assert run(place, build("steps/a", 10), drift='[{"name": "libc6"}]') == 78
    assert "libc6" in capsys.readouterr().err
    assert files(place) == {}
