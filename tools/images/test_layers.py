from __future__ import annotations

import email.message
import io
import pathlib
import random
import tarfile

import pytest

from tools.images import contents, deb, debian_layer, drops, licences, python_layer, skeleton
from tools.images.bytecode import bytecode, cached
from tools.images.contents import Component, Contents
from tools.images.tar import Entry, File, LayerError, Link

_CONTROL = b"Package: small\nVersion: 1:2.0-1\nArchitecture: amd64\n"
_COPYRIGHT = b"""Format: https://www.debian.org/doc/packaging-manuals/copyright-format/1.0/

Files: *
License: Expat

Files: debian/*
License: GPL-2+ or Artistic

License: Expat
 Words of the licence.
"""


def archive(files: dict[str, bytes], links: dict[str, str] | None = None, kind: bytes = tarfile.REGTYPE) -> bytes:
    """A tar as dpkg-deb writes it."""
    out = io.BytesIO()
    with tarfile.open(fileobj=out, mode="w:xz") as tar:
        for name, data in files.items():
            info = tarfile.TarInfo(f"./{name}")
            info.size, info.type = len(data), kind
            tar.addfile(info, io.BytesIO(data))
        for name, target in (links or {}).items():
            info = tarfile.TarInfo(f"./{name}")
            info.type, info.linkname = tarfile.SYMTYPE, target
            tar.addfile(info)
    return out.getvalue()


def package(path: pathlib.Path, data: bytes, control: bytes = _CONTROL) -> pathlib.Path:
    """A .deb."""
    members = {"debian-binary": b"2.0\n", "control.tar.xz": archive({"control": control}), "data.tar.xz": data}
    with path.open("wb") as file:
        file.write(b"!<arch>\n")
        for name, content in members.items():
            file.write(f"{name:<16}{0:<12}{0:<6}{0:<6}{100644:<8}{len(content):<10}`\n".encode())
            file.write(content + b"\n" * (len(content) % 2))
    return path


def build(tmp_path: pathlib.Path, deb_path: pathlib.Path, rules: str, *options: str) -> tuple[int, Contents | None]:
    """Make a layer of one package; the exit code and what is in the layer."""
    drop = tmp_path / "drop.toml"
    drop.write_text(rules)
    described = tmp_path / "contents.json"
    arguments = ["--output", str(tmp_path / "layer"), "--contents", str(described), "--drop", str(drop)]
    code = debian_layer.main([*arguments, "--package", str(deb_path), *options])
    return code, contents.read(described) if code == 0 else None


def test_a_package_is_read(tmp_path: pathlib.Path) -> None:
    """Control fields, files with their x bit, links; folders are left to the layer."""
    found = deb.read(package(tmp_path / "small.deb", archive({"usr/bin/x": b"x"}, {"usr/bin/y": "x"})))
    assert (found.name, found.version, found.architecture, found.control) == ("small", "1:2.0-1", "amd64", _CONTROL)
    assert found.entries == (
        File(path="usr/bin/x", content=b"x"),
        Link(path="usr/bin/y", target="x"),
    )


def test_what_is_no_package(tmp_path: pathlib.Path) -> None:
    """A file of another kind, and a kind of entry that images do not have, are told by name."""
    other = tmp_path / "other.deb"
    other.write_bytes(b"text")
    with pytest.raises(deb.DebError, match=r"other\.deb is no Debian package"):
        deb.read(other)
    with pytest.raises(deb.DebError, match="dev/x is neither a file nor a symbolic link"):
        deb.read(package(tmp_path / "dev.deb", archive({"dev/x": b""}, kind=tarfile.CHRTYPE)))


def test_a_layer_of_a_package(tmp_path: pathlib.Path) -> None:
    """Drop rules take away, the status file and bytecode are added, and licences are read."""
    data = archive({"usr/share/doc/small/copyright": _COPYRIGHT, "usr/lib/x.py": b"x = 1\n", "usr/share/man/x": b""})
    rules = '[[drop]]\nfiles = ["usr/share/man/**"]\nreason = "for people"\n'
    code, found = build(tmp_path, package(tmp_path / "small.deb", data), rules, "--bytecode")
    assert code == 0
    assert found is not None
    assert found.dropped == (1,)
    [component] = found.components
    assert component.licences == ("Expat", "GPL-2+ or Artistic")
    assert component.files == (
        "usr/lib/__pycache__/x.cpython-313.pyc",
        "usr/lib/x.py",
        "usr/share/doc/small/copyright",
        "var/lib/dpkg/status.d/small",
    )


@pytest.mark.parametrize(
    ("files", "rules", "said"),
    [
        ({"usr/lib/x": b""}, "", "its copyright file is in none"),
        ({"bin/x": b""}, "", "bin/x lies where the image has a link into usr"),
        ({"usr/lib/x": b""}, '[[drop]]\nfiles = ["x"]\n', "rule 1 needs `files` and a `reason`"),
    ],
)
def test_a_layer_that_cannot_be(
    tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str], files: dict[str, bytes], rules: str, said: str
) -> None:
    """What a person has to mend is said in a sentence."""
    code, _ = build(tmp_path, package(tmp_path / "small.deb", archive(files)), rules)
    assert code == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "dropped"),
    [
        ("usr/share/doc/a/changelog.gz", True),
        ("usr/share/doc/a/examples/b/c", True),
        ("usr/share/doc/a/copyright", False),
        ("usr/share/doc/a", False),
        ("usr/share/documents", False),
        ("usr/lib/_test_x.so", True),
        ("usr/lib/deep/_test_x.so", False),
    ],
)
def test_drop_rules(tmp_path: pathlib.Path, path: str, *, dropped: bool) -> None:
    """A star ends at a slash, two do not, and `keep` makes exceptions."""
    file = tmp_path / "drop.toml"
    file.write_text(
        '[[drop]]\nfiles = ["usr/share/doc/**", "usr/lib/_test*.so"]\n'
        'keep = ["usr/share/doc/*", "usr/share/doc/*/copyright"]\nreason = "x"\n'
    )
    assert any(rule.drops(path) for rule in drops.read(file)) is dropped


def test_certificates_are_joined_in_order() -> None:
    """One newline after each, sorted by name, and the single files are gone."""
    folder = "usr/share/ca-certificates/mozilla"
    packages: dict[str, list[Entry]] = {
        "ca": [File(path=f"{folder}/b.crt", content=b"B"), File(path=f"{folder}/a.crt", content=b"A\n\n")],
        "other": [File(path="x", content=b"")],
    }
    assert skeleton.join_certificates(packages, "bundle") == File(path="bundle", content=b"A\nB\n")
    assert packages == {"ca": [], "other": [File(path="x", content=b"")]}
    with pytest.raises(LayerError, match="no package has certificate authorities"):
        skeleton.join_certificates(packages, "bundle")


def sources() -> list[Entry]:
    """Modules of the standard library that share constants."""
    folder = pathlib.Path(tarfile.__file__).parent
    return [File(path=f"usr/lib/{path.name}", content=path) for path in sorted(folder.glob("[a-d]*.py"))]


def test_bytecode_depends_on_the_source_alone() -> None:
    """Neither the order nor what else is compiled shows in the bytes."""
    everything = sources()
    expected = {file.path: file.content for file in bytecode(everything)}
    shuffled = list(everything)
    random.Random(1).shuffle(shuffled)  # noqa: S311 - any order will do.
    assert {file.path: file.content for file in bytecode(shuffled)} == expected
    for entry in everything[:5]:
        [alone] = bytecode([entry])
        assert alone.content == expected[cached(entry.path)]


def test_what_is_no_python() -> None:
    """A module that cannot be compiled is told by its path in the image."""
    with pytest.raises(LayerError, match=r"/usr/lib/x\.py"):
        bytecode([File(path="usr/lib/x.py", content=b"x =\n")])


def wheel(folder: pathlib.Path) -> list[str]:
    """Files of an unpacked wheel, as the tool's arguments."""
    files = {
        "small/__init__.py": b"",
        "small/run": b"#!/bin/sh\n",
        "small-1.dist-info/METADATA": b"Name: small\nVersion: 1\nLicense-Expression: MIT\n",
    }
    for name, content in files.items():
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)
        (folder / name).chmod(0o777)
    return [f"wheel={name}={folder / name}" for name in files]


def test_a_layer_of_a_wheel(tmp_path: pathlib.Path) -> None:
    """Its files lie below the prefix with bytecode; only what can be started may be executed."""
    layer, described = tmp_path / "layer", tmp_path / "contents.json"
    arguments = ["--output", str(layer), "--contents", str(described), "--prefix", "lib"]
    assert python_layer.main([*arguments, *wheel(tmp_path / "wheel")]) == 0
    with tarfile.open(layer) as tar:
        modes = {info.name: info.mode for info in tar if info.isfile()}
    assert modes == {
        "lib/small/__init__.py": 0o644,
        "lib/small/__pycache__/__init__.cpython-313.pyc": 0o644,
        "lib/small/run": 0o755,
        "lib/small-1.dist-info/METADATA": 0o644,
    }
    [component] = contents.read(described).components
    assert component == Component(kind="pypi", name="small", version="1", licences=("MIT",), files=tuple(sorted(modes)))


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ([("License-Expression", "MIT OR Apache-2.0"), ("License", "x")], ("MIT OR Apache-2.0",)),
        ([("Classifier", "License :: OSI Approved :: BSD License"), ("License", "x")], ("BSD License",)),
        ([("Classifier", "License :: OSI Approved"), ("License", "Apache 2.0\nwith text")], ("Apache 2.0",)),
        ([], ()),
    ],
)
def test_licences_of_wheels(fields: list[tuple[str, str]], expected: tuple[str, ...]) -> None:
    """The expression counts most, then classifiers, then the free text's first line."""
    headers = email.message.Message()
    for name, value in fields:
        headers[name] = value
    assert licences.of_metadata(headers) == expected


def test_a_component_in_two_layers_is_one() -> None:
    """Contents of several layers are one list, sorted."""
    one = Contents(components=(Component(kind="own", name="nightjar", files=("b",)),))
    two = Contents(components=(Component(kind="own", name="nightjar", files=("a",)),))
    assert contents.merged([one, two]) == [Component(kind="own", name="nightjar", files=("a", "b"))]
