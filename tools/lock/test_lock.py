from __future__ import annotations

import collections
import functools
import hashlib
import http.server
import os
import pathlib
import re
import threading
import zipfile
from collections.abc import Iterator

import pytest

from tools.lock import lock, wheels

LOCK = pathlib.Path("requirements.lock").read_text()
REQUIREMENTS = pathlib.Path("requirements.in")
LINE = re.compile(
    r"# (?P<file>\S+\.whl)\n(?P<name>[\w.-]+)(?:\[.*\])?==(?P<version>\S+) --hash=sha256:(?P<hash>[0-9a-f]{64})\n"
)
OLD = "cp37-abi3-manylinux_2_5_x86_64.manylinux1_x86_64"
NEW = "cp313-cp313-manylinux_2_17_x86_64.manylinux2014_x86_64"


def canonical(name: str) -> str:
    """A project's name as it is compared."""
    return re.sub(r"[-_.]+", "-", name).lower()


def test_the_lock_is_of_these_requirements() -> None:
    """It says what it was made from; `./bazelw run //:lock` renews it."""
    digest = hashlib.sha256(REQUIREMENTS.read_bytes()).hexdigest()
    assert LOCK.splitlines()[1] == f"# requirements.in: sha256 {digest}"


def test_what_is_required_is_in_the_lock() -> None:
    """Each line of requirements.in, extras aside."""
    required = {
        canonical(match[0])
        for line in REQUIREMENTS.read_text().splitlines()
        if (match := re.match(r"[\w.-]+", line.split("#")[0]))
    }
    assert required - {canonical(match["name"]) for match in LINE.finditer(LOCK)} == set()


def test_the_lock_is_nothing_but_wheels() -> None:
    """After two lines of heading, a file name and one hash a package: no address, no option, nothing twice."""
    heading = "".join(LOCK.splitlines(keepends=True)[:2])
    assert LINE.sub("", LOCK) == heading
    assert "://" not in LOCK
    names = collections.Counter(canonical(match["name"]) for match in LINE.finditer(LOCK))
    assert [name for name, count in names.items() if count > 1] == []
    hashes = collections.Counter(match["hash"] for match in LINE.finditer(LOCK))
    assert [digest for digest, count in hashes.items() if count > 1] == []


@pytest.mark.parametrize("match", list(LINE.finditer(LOCK)), ids=lambda match: match["name"])
def test_each_wheel_fits(match: re.Match[str]) -> None:
    """The file is of that project and version, and one that rules_python would accept."""
    name, version = match["file"].split("-")[:2]
    assert (canonical(name), version) == (canonical(match["name"]), match["version"])
    assert wheels.priority(match["file"]) is not None


@pytest.fixture
def index(tmp_path: pathlib.Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[pathlib.Path]:
    """A folder that a package index on the loopback serves, which pip is told to use; the workspace is `workspace`."""

    class Handler(http.server.SimpleHTTPRequestHandler):
        def log_message(self, *_arguments: object) -> None:
            pass

    folder = tmp_path / "index"
    folder.mkdir()
    handler = functools.partial(Handler, directory=str(folder))
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), handler)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    workspace = tmp_path / "workspace"
    workspace.mkdir()
    (workspace / "requirements.in").write_text("demo\n")
    monkeypatch.setenv("BUILD_WORKSPACE_DIRECTORY", str(workspace))
    monkeypatch.setenv("PIP_INDEX_URL", f"http://127.0.0.1:{server.server_port}")
    monkeypatch.setenv("UV_NO_CACHE", "1")
    monkeypatch.setenv("HOME", str(tmp_path))
    yield folder
    server.shutdown()
    thread.join()
    server.server_close()


def publish(index: pathlib.Path, name: str, version: str, tag: str, *requires: str) -> str:
    """Put a wheel into the index; its sha256."""
    folder = index / name
    folder.mkdir(exist_ok=True)
    path = folder / f"{name}-{version}-{tag}.whl"
    information = f"{name}-{version}.dist-info"
    metadata = [
        "Metadata-Version: 2.1",
        f"Name: {name}",
        f"Version: {version}",
        *(f"Requires-Dist: {r}" for r in requires),
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr(f"{information}/METADATA", "\n".join(metadata) + "\n")
        archive.writestr(
            f"{information}/WHEEL", f"Wheel-Version: 1.0\nGenerator: {tag}\nRoot-Is-Purelib: true\nTag: {tag}\n"
        )
        archive.writestr(f"{information}/RECORD", "")
    digest = hashlib.sha256(path.read_bytes()).hexdigest()
    with (folder / "index.html").open("a") as page:
        page.write(f'<a href="{path.name}#sha256={digest}">{path.name}</a><br>\n')
    return digest


def run(*arguments: str) -> int:
    """The program, with the uv of the lock."""
    return lock.main([*arguments, "--uv", *os.environ["UV"].split()])


def written() -> str:
    """The lock without its heading."""
    path = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"], "requirements.lock")
    return "".join(path.read_text().splitlines(keepends=True)[2:])


def test_a_lock_is_made(index: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """From the index that pip is set to: what is required and what that requires, of each the file for both ways."""
    publish(index, "demo", "1.0", NEW, "part>=2 ; python_version > '3'", "other ; sys_platform == 'win32'")
    demo = publish(index, "demo", "1.0", OLD, "part>=2 ; python_version > '3'")
    publish(index, "part", "1.0", "py3-none-any")
    part = publish(index, "part", "2.1", "py3-none-any")
    assert run() == 0
    assert written() == (
        f"# demo-1.0-{OLD}.whl\ndemo==1.0 --hash=sha256:{demo}\n"
        f"# part-2.1-py3-none-any.whl\npart==2.1 --hash=sha256:{part}\n"
    )
    assert run() == 0
    assert capsys.readouterr().out.splitlines() == [
        "requirements.lock: 2 wheels",
        "requirements.lock: nothing to change",
    ]


def test_versions_stay_until_an_upgrade(index: pathlib.Path) -> None:
    """A newer release changes nothing by itself."""
    first = publish(index, "demo", "1.0", "py3-none-any")
    assert run() == 0
    second = publish(index, "demo", "1.1", "py3-none-any")
    assert run() == 0
    assert first in written()
    assert run("--upgrade") == 0
    assert second in written()


def test_what_cannot_be_resolved_is_told(index: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """In uv's words, without a traceback; the lock stays as it was."""
    digest = publish(index, "demo", "1.0", "py3-none-any")
    assert run() == 0
    publish(index, "demo", "2.0", "py3-none-any", "nowhere")
    assert run("--upgrade") == 0
    assert digest in written()
    (index.parent / "workspace" / "requirements.in").write_text("demo>=2\n")
    assert run("--upgrade") == 78
    assert "lock: uv could not resolve requirements.in:" in capsys.readouterr().err
    assert digest in written()
