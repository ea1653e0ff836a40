"""The writer's programs by their command line, with the labels and paths that the true rules_oci had.

So digests, and where each layer's link leads, are the true ones too, which Bazel cannot show in this repository.
"""

import io
import json
import os
import pathlib
import tarfile

import pytest

from oci.writer import archive, image
from tests.vectors.cases import Case, cases

_BIN = pathlib.Path("bazel-out/k8-fastbuild/bin/t")
_LOAD = pathlib.Path("tests/vectors/load-and-push")
_SEPARATORS = {"exposed_ports": ",", "volumes": ","}


@pytest.fixture
def execution_root(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> pathlib.Path:
    """An empty folder to run in, as Bazel's execution root; the repository is `repository` in it."""
    (tmp_path / "repository").symlink_to(pathlib.Path.cwd())
    (tmp_path / _BIN).mkdir(parents=True)
    monkeypatch.chdir(tmp_path)
    return tmp_path


def build(case: Case) -> pathlib.Path:
    """Make the case's image where Bazel would, from its base, and from tars where the true rules had them."""
    folder = _BIN / case.target
    if folder.exists():
        return folder
    links = {
        entry["path"].rpartition("/")[2]: pathlib.Path(os.path.normpath(folder / "blobs/sha256" / entry["to"]))
        for entry in _json(case, "listing.json")
        if entry["kind"] == "symlink"
    }
    arguments = ["write", f"--output={folder}", f"--digest={folder}.json.sha256", *_base(case, links)]
    for number, (tar, digest) in enumerate(zip(case.tars, _own_layers(case), strict=True)):
        # Of two tars with one digest the link leads to the last.
        last = digest not in _own_layers(case)[number + 1 :]
        path = links[digest] if last else pathlib.Path(f"t/earlier-{number}.tar")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes((_folder(case) / tar.file).read_bytes())
        description = f"{folder}.{number}.descriptor.json"
        assert image.main(["describe", str(path), description]) == 0
        arguments += ["--layer", tar.label, str(path), description]
    for name, value in case.attributes.items():
        if name != "base":
            arguments.append(f"--{name}={_text(case, name, value)}")
    assert image.main(arguments) == 0
    return folder


def _folder(case: Case) -> pathlib.Path:
    return pathlib.Path("repository") / case.folder


def _json(case: Case, name: str) -> list[dict[str, str]]:
    found: list[dict[str, str]] = json.loads((_folder(case) / name).read_text(encoding="utf-8"))
    return found


def _own_layers(case: Case) -> list[str]:
    """Digests of the case's own tars, without their kind."""
    digests = json.loads((_folder(case) / "digests.json").read_text(encoding="utf-8"))["layers"]
    return [digest.removeprefix("sha256:") for digest in digests[len(digests) - len(case.tars) :]]


def _base(case: Case, links: dict[str, pathlib.Path]) -> list[str]:
    match case.attributes.get("base"):
        case {"case": name}:
            return [f"--base={build(cases()[name])}"]
        case {"layout": layout}:
            # A folder named as a blob's link says.
            named = next(path for path in links.values() if path.is_relative_to(_BIN)).parents[2]
            named.symlink_to((_folder(case) / layout).absolute())
            return [f"--base={named}"]
        case _:
            return []


def _text(case: Case, name: str, value: object) -> str:
    """The value where it is a string, else the file that rules_oci makes of it."""
    file = pathlib.Path(f"{_BIN / case.target}.{name}.txt")
    match value:
        case {"file": given, **rest} if not rest:
            return str(_folder(case) / str(given))
        case dict():
            content = "\n".join(f"{key}={text}" for key, text in value.items())
        case list():
            content = _SEPARATORS.get(name, "\n").join(str(element).replace("\n", "%5Cn") for element in value)
        case _:
            return str(value)
    file.write_bytes(content.encode())
    return str(file)


@pytest.mark.parametrize("case", cases().values(), ids=lambda case: case.name)
@pytest.mark.usefixtures("execution_root")
def test_the_layout_is_the_true_one_to_the_byte(case: Case) -> None:
    """Each entry of the listing is there with its kind, size, target and bytes, no other is, and the digest is true."""
    folder = build(case)
    expected = {entry["path"]: _entry(entry) for entry in _json(case, "listing.json")}
    actual = {
        path.relative_to(folder).as_posix(): _found(path)
        for path in folder.rglob("*")
        if path.is_symlink() or path.is_file()
    }
    assert expected == actual
    for path in (_folder(case) / "expected").rglob("*"):
        if path.is_file():
            assert path.read_bytes() == (folder / path.relative_to(_folder(case) / "expected")).read_bytes()
    digests = json.loads((_folder(case) / "digests.json").read_text(encoding="utf-8"))
    assert digests["digest_target_prints"] == pathlib.Path(f"{folder}.json.sha256").read_text(encoding="utf-8")


def _entry(entry: dict[str, str]) -> tuple[object, ...]:
    return entry["size"], entry["kind"], entry.get("to")


def _found(path: pathlib.Path) -> tuple[object, ...]:
    size = path.stat().st_size
    return (size, "symlink", str(path.readlink())) if path.is_symlink() else (size, "file", None)


@pytest.mark.usefixtures("execution_root")
def test_the_tar_for_a_loader_is_the_true_one() -> None:
    """Its entries have the paths, owners, modes, times and contents that the true oci_load lists."""
    samples = pathlib.Path("repository") / _LOAD
    folder = build(cases()["10-base-layers-only"])
    stream = io.BytesIO()
    archive.stream(folder, ["reg/x:1", "reg/x:2"], stream)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        lines = [_line(entry) for entry in tar]
        contents = {entry.name: _content(tar, entry) for entry in tar}
    manifest = contents.pop("manifest.json")
    assert (samples / "oci_load.manifest.json").read_bytes() == manifest
    expected = (samples / "oci_load.tarball.spec").read_text(encoding="utf-8").splitlines()
    assert [line.rpartition(" content=")[0] for line in expected] == lines
    for line in expected[:-1]:
        name, content = line.split(" ")[0], line.rpartition(" content=")[2]
        assert pathlib.Path(content).read_bytes() == contents[name]


def _line(entry: tarfile.TarInfo) -> str:
    kind = "file" if entry.isfile() else "other"
    return f"{entry.name} uid={entry.uid} gid={entry.gid} mode={entry.mode:04o} time={entry.mtime} type={kind}"


def _content(tar: tarfile.TarFile, entry: tarfile.TarInfo) -> bytes:
    file = tar.extractfile(entry)
    assert file is not None
    return file.read()
