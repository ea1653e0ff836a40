"""A small workspace with the real `bazelw`, and the machine around it: a PATH of its own, a home, a mirror of packages.

The root that bazelw makes here is tiny but real: the loader, the C library, bubblewrap, a shell and an interpreter from
the tree that nightjar pins; only Bazel in it is a stand-in (`bazel.py`), which notes how it was called.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import pathlib
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

from tests.bazelw import deb
from tests.bazelw.mirror import Mirror

TREE = pathlib.Path(sys.executable).resolve().parents[2]
SNAPSHOT = "20260101T000000Z"
DEADLINE = 30.0
# All that bazelw needs of a machine without apt, and no more.
TOOLS = """
    awk cat chmod cp curl cut date df dirname du env flock grep gzip head id ln ls mkdir mv nproc readlink rm sed sh
    sha256sum tail tar timeout touch tr true uname unshare wc xargs xz
"""
_LIBRARIES = """
    ld-linux-x86-64.so.2 libc.so.6 libcap.so.2 libexpat.so.1 libm.so.6 libpcre2-8.so.0 libselinux.so.1 libz.so.1
"""
_MODULES = ("", "collections", "encodings", "importlib", "json", "re")


def packages() -> dict[str, bytes]:
    """The packages of the tiny root, by file name: one a compression that Debian uses."""
    library = "usr/lib/x86_64-linux-gnu"
    loader = {f"{library}/{name}": (TREE / library / name).read_bytes() for name in _LIBRARIES.split()}
    loader |= {f"usr/bin/{name}": (TREE / "usr/bin" / name).read_bytes() for name in ("bwrap", "dash")}
    python = {"usr/bin/python3.13": (TREE / "usr/bin/python3.13").read_bytes()}
    for folder in _MODULES:
        for path in (TREE / "usr/lib/python3.13" / folder).glob("*.py"):
            python[str(path.relative_to(TREE))] = path.read_bytes()
    program = pathlib.Path("tests/bazelw/bazel.py").read_bytes()
    bazel = {
        "etc/bazel/bazelrc": b"startup --nonsense\n",
        "usr/bin/bazel": b"#!/usr/bin/python3.13 -I\n" + program,
        "usr/share/base-passwd/group.master": b"root:*:0:\n",
        "usr/share/base-passwd/passwd.master": b"root:*:0:0:root:/root:/bin/sh\n",
        "usr/share/bazel/build-label.txt": b"0.0.0\n",
        "var/tmp/.keep": b"",
    }
    python["usr/lib/python3.13/lib-dynload/.keep"] = b""
    links = {"usr/bin/sh": "dash", "usr/lib64/ld-linux-x86-64.so.2": f"../../{library}/ld-linux-x86-64.so.2"}
    return {
        "loader_1_amd64.deb": deb.package("loader", loader, links=links, compression="gz"),
        "python_1_amd64.deb": deb.package("python", python, links={}, compression=""),
        "bazel_1_amd64.deb": deb.package("bazel", bazel, links={}, compression="xz"),
    }


@dataclass(frozen=True, slots=True)
class Done:
    """A call that has ended."""

    code: int
    out: str
    err: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Small:
    """A workspace, its machine and its mirror, all below one folder."""

    base: pathlib.Path
    mirror: Mirror
    environment: dict[str, str] = field(default_factory=dict)
    _started: list[subprocess.Popen[str]] = field(default_factory=list)

    @property
    def folder(self) -> pathlib.Path:
        """The workspace."""
        return self.base / "workspace"

    @property
    def cache(self) -> pathlib.Path:
        """Where bazelw keeps what it makes."""
        return pathlib.Path(self.environment.get("NIGHTJAR_CACHE", self.base / "home" / ".cache" / "nightjar"))

    def start(
        self,
        *arguments: str,
        program: pathlib.Path | None = None,
        folder: pathlib.Path | None = None,
        wanted: Mapping[str, Any] | None = None,
        **options: Any,
    ) -> subprocess.Popen[str]:
        """Start bazelw in a session of its own; its output goes to pipes. `wanted` is for the stand-in."""
        environment = {
            "HOME": str(self.base / "home"),
            "NIGHTJAR_SNAPSHOT": self.mirror.url,
            "NOTES": str(self.folder / "notes"),
            "PATH": str(self.base / "machine"),
            "STAND_IN": json.dumps(wanted or {}),
            **self.environment,
        }
        pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        # What is ignored here would be ignored there, and a shell can't change that.
        signal.signal(signal.SIGINT, signal.default_int_handler)
        process = subprocess.Popen(
            [program or self.folder / "bazelw", *arguments],
            cwd=folder or self.folder,
            env={name: value for name, value in environment.items() if value},
            text=True,
            start_new_session=True,
            **{**pipes, **options},
        )
        self._started.append(process)
        return process

    def end(self) -> None:
        """End what a test started and did not await."""
        for process in self._started:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.communicate()

    def call(self, *arguments: str, give: str = "", **options: Any) -> Done:
        """Start bazelw and wait for its end; `give` is its standard input."""
        process = self.start(*arguments, **options)
        out, err = process.communicate(give, timeout=DEADLINE)
        return Done(process.returncode, out, err)

    def notes(self) -> list[dict[str, Any]]:
        """What the stand-in for Bazel noted, oldest first."""
        path = self.folder / "notes"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    def stand_in(self, name: str, script: str) -> None:
        """Put a sh script on PATH, in the place of the machine's own program."""
        path = self.base / "machine" / name
        path.unlink(missing_ok=True)
        path.write_text(f"#!/bin/sh\n{script}\n")
        path.chmod(0o755)

    def restore(self, name: str) -> None:
        """Take the machine's own program again."""
        (self.base / "machine" / name).unlink(missing_ok=True)
        link(self.base / "machine", name)

    def stop_at(self, name: str, arguments: str = "*") -> None:
        """Let a program say that it was reached, and wait (`release`), where its arguments match a pattern."""
        gate = self.base / "gate"
        os.mkfifo(gate)
        stop = f':>"{self.base}/reached"; read -r _ <"{gate}"'
        self.stand_in(name, f'case "$*" in {arguments}) {stop} ;; esac; exec {shutil.which(name)} "$@"')

    def await_stop(self) -> None:
        """Wait until the program of `stop_at` was reached."""
        eventually((self.base / "reached").exists)

    def release(self) -> None:
        """Let the program of `stop_at` go on, and others of its name not stop any more."""
        (self.base / "gate").write_text("go\n")

    def roots(self) -> list[pathlib.Path]:
        """The roots that a call would use."""
        return [path.parent for path in self.cache.glob("debian/*/ready") if path.parent.suffix != ".part"]

    def url(self, name: str) -> str:
        """The path of a package on the mirror."""
        return f"/{SNAPSHOT}/pool/{name}"


def make(base: pathlib.Path, mirror: Mirror, files: Mapping[str, bytes]) -> Small:
    """A workspace with bazelw and the lists of the tiny root, and a machine without apt and without a root made."""
    small = Small(base=base, mirror=mirror)
    tools = small.folder / "tools" / "debian"
    tools.mkdir(parents=True)
    for path in (
        "bazelw",
        *(f"tools/debian/{name}" for name in ("machine.sh", "make_root.sh", "root.sh", "debian.bazelrc")),
    ):
        shutil.copy(path, small.folder / path)
    (tools / "root.txt").write_text("suite tiny\nwant bazel\n")
    rows = (f"{hashlib.sha256(data).hexdigest()} {len(data)} pool/{name}" for name, data in files.items())
    (tools / "root.lock").write_text("\n".join(["# The tiny root.", f"snapshot {SNAPSHOT}", *rows]) + "\n")
    mirror.files = {small.url(name): data for name, data in files.items()}
    (base / "home").mkdir()
    (base / "machine").mkdir()
    for name in TOOLS.split():
        link(base / "machine", name)
    return small


def link(folder: pathlib.Path, name: str) -> None:
    """Link a program of the real machine."""
    program = shutil.which(name)
    if program is None:
        raise FileNotFoundError(f"{name} is not on PATH; in the root of Bazel, add its package to root.txt")
    (folder / name).symlink_to(program)


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until something holds; fail where it does not in time."""
    deadline = time.monotonic() + DEADLINE
    while not holds():
        if time.monotonic() > deadline:
            raise TimeoutError(f"{holds} did not come to hold in {DEADLINE:.0f} s")
        time.sleep(0.01)
