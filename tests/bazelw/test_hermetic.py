"""What tests run in. None of this is ours to build: it is Bazel's sandbox and launcher, and here is the proof."""

from __future__ import annotations

import errno
import json
import os
import pathlib
import re
import socket
import subprocess
import sys
from typing import Any

import pytest

RUNFILES = pathlib.Path.cwd().parent
TREE = pathlib.Path(os.environ["PYTHON"]).resolve().parents[2]
PLANT = "raise SystemExit('a module of the machine was imported')\n"


def commands() -> dict[int, str]:
    """The command of every process that can be seen."""
    found = {}
    for folder in pathlib.Path("/proc").glob("[0-9]*"):
        with_blanks = (folder / "cmdline").read_bytes().replace(b"\0", b" ")
        found[int(folder.name)] = with_blanks.decode(errors="replace")
    return found


def test_the_sandbox_is_the_one_that_isolates() -> None:
    """The first process is linux-sandbox, and no other is to be seen than those it started: not Bazel's server."""
    seen = commands()
    assert "linux-sandbox" in seen[1]
    assert [command for command in seen.values() if "A-server.jar" in command] == []
    assert os.getpid() < 1000


def test_the_repository_cannot_be_written() -> None:
    """Behind the links of the sandbox lie the repository's own files; they are read-only."""
    here = pathlib.Path(__file__).resolve()
    with pytest.raises(OSError, match="Read-only file system") as caught:
        here.open("a")
    assert caught.value.errno == errno.EROFS
    with pytest.raises(OSError, match="Read-only file system"):
        (here.parent / "stray").touch()


@pytest.mark.parametrize("address", ["192.0.2.1", "8.8.8.8", "10.0.0.1"])
def test_no_network(address: str) -> None:
    """There is no route to anywhere."""
    with socket.socket() as connection, pytest.raises(OSError) as caught:  # noqa: PT011 - the number is what counts.
        connection.connect((address, 80))
    assert caught.value.errno == errno.ENETUNREACH


def test_no_names() -> None:
    """No name of another machine can be resolved."""
    with pytest.raises(socket.gaierror):
        socket.getaddrinfo("mirror.example.org", 80)


def test_the_loopback_works() -> None:
    """Tests may talk to servers that they start."""
    with socket.create_server(("127.0.0.1", 0)) as server, socket.create_connection(server.getsockname()) as client:
        accepted, _ = server.accept()
        with accepted:
            client.sendall(b"here")
            assert accepted.recv(4) == b"here"


def test_the_interpreter_is_the_pinned_one() -> None:
    """Debian 13's Python 3.13, from the tree of debian.lock."""
    assert pathlib.Path(sys.executable).resolve() == TREE / "usr/bin/python3"
    assert sys.version_info[:2] == (3, 13)
    assert pathlib.Path(os.__file__).resolve() == TREE / "usr/lib/python3.13/os.py"


def test_the_libraries_are_the_pinned_ones() -> None:
    """Every library that this process has mapped is of the tree or of a wheel: the C library above all."""
    import ssl  # noqa: F401, PLC0415 - maps libssl and libcrypto.

    mapped = {pathlib.Path(line.split()[-1]) for line in pathlib.Path("/proc/self/maps").read_text().splitlines()}
    libraries = {path for path in mapped if re.search(r"\.so(\.|$)", path.name)}
    assert [path for path in libraries if path.parts[1] in {"lib", "lib64", "usr"}] == []
    tree = {path.name for path in libraries if path.is_relative_to(TREE)}
    assert tree >= {"ld-linux-x86-64.so.2", "libc.so.6", "libcrypto.so.3", "libssl.so.3"}


def probe(tmp_path: pathlib.Path, **environment: str) -> dict[str, Any]:
    """Start another program of the repository by its launcher; what it says of itself."""
    home = tmp_path / "home"
    site = home / ".local/lib/python3.13/site-packages"
    site.mkdir(parents=True)
    for folder in (tmp_path, site):
        (folder / "httpx.py").write_text(PLANT)
        (folder / "sitecustomize.py").write_text(PLANT)
    done = subprocess.run(
        [pathlib.Path(os.environ["PROBE"]).absolute()],
        cwd=tmp_path,
        env={"HOME": str(home), **environment},
        capture_output=True,
        text=True,
        check=True,
    )
    said: dict[str, Any] = json.loads(done.stdout)
    return said


def check(said: dict[str, Any]) -> None:
    """The program stands on the runfiles and on the tree alone."""
    assert pathlib.Path(said["executable"]).resolve() == TREE / "usr/bin/python3"
    assert said["version"] == sys.version
    assert "site-packages/httpx/__init__.py" in said["httpx"]
    places = (RUNFILES, TREE, TREE.parent)
    foreign = [
        entry
        for entry in map(pathlib.Path, said["path"])
        if not any(entry.is_relative_to(place) or entry.resolve().is_relative_to(place) for place in places)
    ]
    assert foreign == []


def test_nothing_of_the_machine_can_be_imported(tmp_path: pathlib.Path) -> None:
    """Not from the folder it is called in, not from the user's packages, not from the machine's."""
    check(probe(tmp_path, PATH=os.environ["PATH"]))


def test_variables_of_python_do_not_get_in(tmp_path: pathlib.Path) -> None:
    """What a caller has set for another Python changes nothing."""
    planted = str(tmp_path)
    check(probe(tmp_path, PATH=os.environ["PATH"], PYTHONPATH=planted, PYTHONHOME=planted, PYTHONUSERBASE=planted))


def test_no_python_is_needed_on_the_path(tmp_path: pathlib.Path) -> None:
    """A python3 that is there is not started: this one would fail."""
    programs = tmp_path / "programs"
    programs.mkdir()
    for name in ("python", "python3", "python3.13"):
        (programs / name).write_text("#!/bin/sh\nexit 70\n")
        (programs / name).chmod(0o755)
    check(probe(tmp_path, PATH=f"{programs}:{os.environ['PATH']}"))
