"""Runs commands in an image that was unpacked, in bubblewrap: its user, nothing writable but /tmp, no capabilities."""

from __future__ import annotations

import os
import pathlib
import subprocess
from dataclasses import dataclass

USER = "65532"
PYTHON = "/usr/bin/python3.13"


@dataclass(frozen=True, slots=True)
class Container:
    """An unpacked image. The network is that of the test: in Bazel's sandbox, loopback alone."""

    root: pathlib.Path
    entrypoint: tuple[str, ...]
    environment: dict[str, str]

    def run(
        self, *command: str, binds: dict[str, pathlib.Path] | None = None, environment: dict[str, str] | None = None
    ) -> subprocess.CompletedProcess[str]:
        """Run a command. `binds` are read-only: place in the container to place here."""
        arguments = [str(pathlib.Path(os.environ["NIGHTJAR_BUBBLEWRAP"]).absolute()), "--ro-bind", str(self.root), "/"]
        arguments += ["--proc", "/proc", "--dev", "/dev", "--tmpfs", "/tmp"]  # noqa: S108 - in the container.
        for place, source in (binds or {}).items():
            arguments += ["--ro-bind", str(source.absolute()), place]
        arguments += ["--unshare-all", "--share-net", "--uid", USER, "--gid", USER, "--cap-drop", "ALL"]
        arguments += ["--die-with-parent", "--clearenv", "--chdir", "/"]
        for name, value in {**self.environment, **(environment or {})}.items():
            arguments += ["--setenv", name, value]
        return subprocess.run([*arguments, *command], capture_output=True, text=True, check=False)

    def start(self, *arguments: str, binds: dict[str, pathlib.Path] | None = None) -> subprocess.CompletedProcess[str]:
        """Run what the image starts, with arguments."""
        return self.run(*self.entrypoint, *arguments, binds=binds)

    def python(self, code: str, **options: dict[str, str]) -> str:
        """Run Python code in it; what it printed. Fails the test where the code fails."""
        done = self.run(PYTHON, "-I", "-c", code, environment=options.get("environment"))
        assert done.returncode == 0, done.stderr
        return done.stdout.strip()
