from __future__ import annotations

import importlib.util
import marshal
import posixpath
import re
import tarfile
from dataclasses import dataclass

import pytest

from tests.images import elf
from tools.images.bytecode import cached
from tools.images.layout import Image

_BIN = ("bin", "sbin", "usr/bin", "usr/sbin", "usr/local/bin", "usr/local/sbin")
_TOOLS = {"hypothesis", "import_linter", "jsonschema", "mypy", "pip", "pytest", "rich", "ruff", "setuptools", "uv"}
_USER = 65532
_UNCHECKED = 1


@dataclass(frozen=True, slots=True)
class Node:
    """An entry of a layer with its content."""

    layer: str
    info: tarfile.TarInfo
    data: bytes

    @property
    def path(self) -> str:
        """Its path from the root, without a slash in front."""
        return self.info.name


@pytest.fixture(scope="session")
def nodes(image: Image) -> list[Node]:
    """Every entry of every layer."""
    return [Node(layer.label, info, data) for layer in image.layers for info, data in layer.members()]


def names(nodes: list[Node], kind: str) -> list[str]:
    """The paths of files, links or folders."""
    return [node.path for node in nodes if getattr(node.info, f"is{kind}")()]


def test_each_file_lies_in_one_layer(nodes: list[Node]) -> None:
    """No layer hides a file of another one, and a folder is the same in all layers that have it."""
    layers: dict[str, list[str]] = {}
    folders: dict[str, set[tuple[int, int, int]]] = {}
    for node in nodes:
        if node.info.isdir():
            folders.setdefault(node.path, set()).add((node.info.mode, node.info.uid, node.info.gid))
        layers.setdefault(node.path, []).append("folder" if node.info.isdir() else node.layer)
    assert {path: found for path, found in layers.items() if len(found) > 1 and set(found) != {"folder"}} == {}
    assert {path: found for path, found in folders.items() if len(found) > 1} == {}


def test_owners_modes_and_times(nodes: list[Node]) -> None:
    """Root owns everything but the user's home, modes are the plain ones, nothing has a time or a user's name."""
    odd = {0o1777: {"tmp", "var/tmp"}, 0o555: {"proc", "sys"}, 0o700: {"root"}}
    for node in nodes:
        info = node.info
        assert (info.mtime, info.uname, info.gname) == (0, "", ""), node.path
        assert info.uid == info.gid == (_USER if node.path == "home/nonroot" else 0), node.path
        if info.isfile():
            assert info.mode in {0o644, 0o755}, node.path
        elif info.isdir():
            assert info.mode == 0o755 or node.path in odd.get(info.mode, set()), node.path
        else:
            assert info.issym(), node.path


def test_the_interpreter_is_the_one_program(nodes: list[Node]) -> None:
    """There is no shell, no package manager and no other program on any usual path."""
    programs = {path for path in names(nodes, "file") + names(nodes, "sym") if posixpath.dirname(path) in _BIN}
    assert programs == {"usr/bin/python3.13"}


def test_every_module_has_its_bytecode(nodes: list[Node]) -> None:
    """Each source has unchecked-hash bytecode made from just that source under its path in the image."""
    files = {node.path: node.data for node in nodes if node.info.isfile()}
    sources = {path: data for path, data in files.items() if path.endswith(".py")}
    assert {path for path in files if path.endswith(".pyc")} == {cached(path) for path in sources}
    for path, source in sources.items():
        compiled = files[cached(path)]
        assert compiled[:4] == importlib.util.MAGIC_NUMBER, path
        assert int.from_bytes(compiled[4:8], "little") == _UNCHECKED, path
        assert compiled[8:16] == importlib.util.source_hash(source), path
        assert marshal.loads(compiled[16:]).co_filename == f"/{path}"  # noqa: S302 - made by ourselves.


def test_links_lead_somewhere(nodes: list[Node]) -> None:
    """No link ends where nothing is."""
    links = {node.path: node.info.linkname for node in nodes if node.info.issym()}
    there = {node.path for node in nodes} | {""}
    for path in links:
        assert resolve(path, links) in there, path


def resolve(path: str, links: dict[str, str]) -> str:
    """Follow every link on the way."""
    done = ""
    for part in path.split("/"):
        done = posixpath.normpath(posixpath.join(done, part))
        while done in links:
            target = posixpath.join("/" + posixpath.dirname(done), links[done])
            done = resolve(posixpath.normpath(target).lstrip("/"), links)
    return done


def test_every_library_is_there(nodes: list[Node]) -> None:
    """What programs and libraries ask their loader for is in the image, so no drop rule took too much."""
    libraries = {posixpath.basename(path) for path in names(nodes, "file") + names(nodes, "sym")}
    missing = {
        node.path: wanted
        for node in nodes
        if node.data.startswith(elf.MAGIC) and (wanted := set(elf.needed(node.data)) - libraries)
    }
    assert missing == {}


def test_no_tool_is_in_it(nodes: list[Node]) -> None:
    """Wheels of tools and tests are in no image."""
    pattern = re.compile(r".*/dist-packages/([^/]+)-[^-/]+\.dist-info/METADATA")
    found = {match[1].lower() for node in nodes if (match := pattern.fullmatch(node.path))}
    assert found & _TOOLS == set()


def test_configuration(image: Image) -> None:
    """It runs isolated as a user without rights, from a folder that every user may enter, with labels that stay."""
    config = image.config["config"]
    assert (config["User"], config["WorkingDir"]) == (str(_USER), "/")
    assert config["Entrypoint"][:3] == ["/usr/bin/python3.13", "-I", "-m"]
    assert config["Env"] == ["LANG=C.UTF-8", "PATH=/usr/bin"]
    assert list(config["Labels"]) == ["org.opencontainers.image.title"]
    assert (image.config["os"], image.config["architecture"]) == ("linux", "amd64")
    assert image.config["created"] == "1970-01-01T00:00:00Z"


def test_the_debug_variant_adds_a_shell(image: Image, debug: Image) -> None:
    """It is the image and one layer more, with the same configuration."""
    assert [layer.digest for layer in debug.layers[:-1]] == [layer.digest for layer in image.layers]
    assert debug.config["config"] == image.config["config"]
    assert "usr/bin/dash" in {info.name for info, _ in debug.layers[-1].members()}
