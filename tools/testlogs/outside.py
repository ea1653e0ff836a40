"""Runs tests that are no Bazel tests, since they need programs of this machine; `testlogs` counts their report."""

from __future__ import annotations

import argparse
import os
import pathlib
import tempfile
from collections.abc import Sequence

import pytest


def add_junit(parser: argparse.ArgumentParser) -> None:
    """Where the report goes."""
    parser.add_argument("--junit", metavar="FILE", help="write what came of it there, for those who count")


def run(files: Sequence[pathlib.Path], *, repository: pathlib.Path, junit: str | None, more: Sequence[str]) -> int:
    """Run these test files by the repository's settings, `more` being for pytest; pytest's exit code."""
    with tempfile.TemporaryDirectory() as scratch:
        words = [f"--config-file={repository / 'pyproject.toml'}", f"--rootdir={repository}"]
        words += [f"--basetemp={scratch}/pytest", *more]
        if junit is not None:
            words.append(f"--junitxml={pathlib.Path(os.environ.get('BUILD_WORKING_DIRECTORY', '.'), junit)}")
        return int(pytest.main([*words, *map(str, files)]))
