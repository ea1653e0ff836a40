"""What `bazel run` starts for oci_load and oci_push, with stand-ins for the machine's docker and crane."""

import json
import pathlib
import subprocess
import tarfile

import pytest

_PACKAGE = pathlib.Path("tests/vectors")
_IMAGE = _PACKAGE / "base_layers_only"

# The true rules bring their own crane and their own words.
pytestmark = pytest.mark.skipif(
    "/oci/writer/" not in (_PACKAGE / "load.sh").read_text(encoding="utf-8"), reason="it is about the stand-in"
)


def program(folder: pathlib.Path, name: str, script: str) -> None:
    """Put a shell script where PATH will find it."""
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(f"#!/bin/sh\n{script}\n", encoding="utf-8")
    path.chmod(0o755)


def run(name: str, path: pathlib.Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Start an executable of this package with `path` alone as PATH."""
    return subprocess.run(
        [(_PACKAGE / name).absolute(), *arguments],
        env={"PATH": str(path)},
        capture_output=True,
        text=True,
        check=False,
    )


def digest() -> str:
    """The image's digest."""
    index = json.loads((_IMAGE / "index.json").read_text(encoding="utf-8"))
    return str(index["manifests"][0]["digest"])


def test_load_feeds_the_loader_with_the_image(tmp_path: pathlib.Path) -> None:
    """Docker gets `load` and a tar on its input that names the image, its layers and its tags."""
    program(tmp_path / "bin", "docker", f'echo "$@" >{tmp_path}/called; exec /bin/cat >{tmp_path}/image.tar')
    done = run("load.sh", tmp_path / "bin")
    assert (done.returncode, done.stderr) == (0, "")
    assert (tmp_path / "called").read_text(encoding="utf-8") == "load\n"
    with tarfile.open(tmp_path / "image.tar") as tar:
        file = tar.extractfile("manifest.json")
        assert file is not None
        [manifest] = json.load(file)
        assert {manifest["Config"], *manifest["Layers"], "manifest.json"} == set(tar.getnames())
    assert manifest["RepoTags"] == ["reg/x:1", "reg/x:2"]


def test_load_takes_podman_where_there_is_no_docker(tmp_path: pathlib.Path) -> None:
    """The loaders are looked for in the order docker, podman, nerdctl."""
    for name in ("podman", "nerdctl"):
        program(tmp_path / "bin", name, f"echo {name} >>{tmp_path}/called; exec /bin/cat >/dev/null")
    assert run("load.sh", tmp_path / "bin").returncode == 0
    assert (tmp_path / "called").read_text(encoding="utf-8") == "podman\n"


def test_load_ends_with_the_loaders_code(tmp_path: pathlib.Path) -> None:
    """A loader that gives up without reading says why, and its code comes out."""
    program(tmp_path / "bin", "docker", "echo no daemon >&2; exit 7")
    done = run("load.sh", tmp_path / "bin")
    assert (done.returncode, done.stderr) == (7, "no daemon\n")


def test_load_says_what_is_missing(tmp_path: pathlib.Path) -> None:
    """Without a loader it ends with 1 and names those it looked for."""
    done = run("load.sh", tmp_path)
    assert (
        done.returncode,
        done.stderr,
    ) == (1, "oci_load: no docker, podman, nerdctl on PATH; install one, or put one there\n")


def test_load_refuses_arguments(tmp_path: pathlib.Path) -> None:
    """There is nothing to say on the command line, so what is said is a mistake."""
    done = run("load.sh", tmp_path, "--tag", "x")
    assert (done.returncode, done.stderr) == (1, "oci_load takes no arguments, it was given: --tag x\n")


def test_push_goes_by_digest_and_then_sets_the_tags(tmp_path: pathlib.Path) -> None:
    """Crane pushes the layout to the digest, then sets the flags' tags, then the BUILD file's."""
    program(tmp_path / "bin", "crane", f'echo "$@" >>{tmp_path}/called; [ "$1" = tag ] || echo "$3"')
    done = run("push_push.sh", tmp_path / "bin", "-t", "mine")
    reference = f"127.0.0.1:5999/app@{digest()}"
    assert (0, f"{reference}\n", "") == (done.returncode, done.stdout, done.stderr)
    push, *tags = (tmp_path / "called").read_text(encoding="utf-8").splitlines()
    assert ["push", reference] == push.split()[::2]
    assert (pathlib.Path(push.split()[1]) / "index.json").read_bytes() == (_IMAGE / "index.json").read_bytes()
    assert [f"tag {reference} {tag}" for tag in ("mine", "latest", "v1")] == tags


def test_push_stops_at_the_first_failure(tmp_path: pathlib.Path) -> None:
    """When the registry cannot be reached, no tag is tried and the exit code is 1."""
    program(tmp_path / "bin", "crane", f'echo "$1" >>{tmp_path}/called; exit 4')
    assert run("push_push.sh", tmp_path / "bin").returncode == 1
    assert (tmp_path / "called").read_text(encoding="utf-8") == "push\n"


def test_push_says_that_it_needs_crane(tmp_path: pathlib.Path) -> None:
    """Without crane it ends with 1 and says so."""
    done = run("push_push.sh", tmp_path)
    assert (done.returncode, done.stderr) == (1, "oci_push: there is no crane on PATH; install it, or put it there\n")
