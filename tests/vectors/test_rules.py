"""The images that Bazel made by oci_image, against what the true rules_oci wrote for the same attributes."""

import hashlib
import pathlib

import pytest

from tests.vectors import make_cases
from tests.vectors.cases import Case, cases, lineage

_PACKAGE = pathlib.Path("tests/vectors")


def _sha256(content: bytes) -> str:
    return f"sha256:{hashlib.sha256(content).hexdigest()}"


def _once(text: bytes, old: str, new: str) -> bytes:
    assert text.count(old.encode()) == 1
    return text.replace(old.encode(), new.encode())


def relabelled(config: bytes, case: Case) -> bytes:
    """The config with the labels that the tars have here, in the order of the history."""
    position = 0
    for ancestor in lineage(case):
        for tar in ancestor.tars:
            there = f'"bazel build {tar.label}"'.encode()
            here = f'"bazel build {ancestor.here(tar)}"'.encode()
            position = config.index(there, position)
            config = config[:position] + here + config[position + len(there) :]
            position += len(here)
    return config


def expected(case: Case) -> dict[str, bytes]:
    """Path to content of all files of the layout. A tar's label is in the config, so digests above it follow."""
    written = {
        entry["path"]: entry["is"]
        for entry in case.json("listing.json")
        if entry["path"].startswith("blobs/") and entry["is"] != "layer"
    }
    files = {
        path.relative_to(case.folder / "expected").as_posix(): path.read_bytes()
        for path in (case.folder / "expected").rglob("*")
        if path.is_file()
    }
    blobs = {kind: files.pop(path) for path, kind in written.items()}
    config = relabelled(blobs["config"], case)
    manifest = _once(
        blobs["manifest"],
        f'"size": {len(blobs["config"])},\n    "digest": "{_sha256(blobs["config"])}"',
        f'"size": {len(config)},\n    "digest": "{_sha256(config)}"',
    )
    index = _once(
        files["index.json"],
        f'"digest": "{_sha256(blobs["manifest"])}",\n      "size": {len(blobs["manifest"])}\n',
        f'"digest": "{_sha256(manifest)}",\n      "size": {len(manifest)}\n',
    )
    layers = {
        f"blobs/sha256/{_sha256(content).removeprefix('sha256:')}": content
        for ancestor in lineage(case)
        for content in _layers(ancestor)
    }
    named = {f"blobs/sha256/{_sha256(content).removeprefix('sha256:')}": content for content in (config, manifest)}
    return files | {"index.json": index} | named | layers


def _layers(case: Case) -> list[bytes]:
    layout = case.attributes.get("base", {}).get("layout")
    blobs = [] if layout is None else list((case.folder / layout / "blobs/sha256").iterdir())
    inherited = [path for path in blobs if f"sha256:{path.name}" in case.json("digests.json")["layers"]]
    return [path.read_bytes() for path in [*inherited, *(case.folder / tar.file for tar in case.tars)]]


@pytest.mark.parametrize("case", cases().values(), ids=lambda case: case.name)
def test_the_image_is_the_true_one_to_the_byte(case: Case) -> None:
    """Every file of the layout is there, no other is, and each has the expected bytes."""
    folder = _PACKAGE / case.target
    actual = {
        path.relative_to(folder).as_posix(): path.read_bytes()
        for path in (root / name for root, _, names in folder.walk(follow_symlinks=True) for name in names)
    }
    assert expected(case) == actual


@pytest.mark.parametrize("case", cases().values(), ids=lambda case: case.name)
def test_the_digest_target_names_the_manifest(case: Case) -> None:
    """The file of `NAME.digest` holds the manifest's digest and a newline; the true one where no label moved."""
    index = expected(case)["index.json"]
    written = (_PACKAGE / f"{case.target}.json.sha256").read_text(encoding="utf-8")
    assert f'"digest": "{written.rstrip("\n")}"'.encode() in index
    if all(ancestor.here(tar) == tar.label for ancestor in lineage(case) for tar in ancestor.tars):
        assert case.json("digests.json")["digest_target_prints"] == written


def test_all_cases_are_built() -> None:
    """cases.bzl is what the cases' folders say."""
    assert make_cases.text() == (_PACKAGE / "cases.bzl").read_text(encoding="utf-8")
