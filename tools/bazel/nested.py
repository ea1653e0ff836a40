"""Commands in another clone, by a program that Bazel itself has started: they must not take its settings for theirs."""

from __future__ import annotations

import os
import pathlib
import shutil
import subprocess
from collections.abc import Mapping
from typing import Final

_LEFT_BY_BAZEL: Final = ("BUILD_", "JAVA_RUNFILES", "PYTHON", "RUNFILES_", "TEST_")
"""What Bazel and its launchers set for the programs that they start."""


def environ() -> dict[str, str]:
    """This process's environment as it was before Bazel."""
    return {name: value for name, value in os.environ.items() if not name.startswith(_LEFT_BY_BAZEL)}


def run(folder: pathlib.Path, *command: str, environ: Mapping[str, str]) -> str:
    """What a command says in a clone. Raises CalledProcessError with what it said of its failure."""
    done = subprocess.run(command, cwd=folder, env=environ, capture_output=True, text=True, check=True)
    return done.stdout


def forget(clone: pathlib.Path, *, environ: Mapping[str, str]) -> None:
    """Leave nothing behind that Bazel made of a clone. Raises CalledProcessError."""
    base = run(clone, "./bazelw", "info", "output_base", environ=environ).strip()
    run(clone, "./bazelw", "shutdown", environ=environ)
    # Much of it is read-only, and Bazel's own `clean` stumbles over what its server is still removing.
    for folder, _, _ in os.walk(base):
        pathlib.Path(folder).chmod(0o700)
    shutil.rmtree(base)
