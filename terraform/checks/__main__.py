"""Runs the checks that need Terraform: `./bazelw run //terraform:test [-- --junit FILE] [PYTEST OPTIONS]`.

They are no Bazel tests, because Terraform and the google provider are this machine's, and a test sees nothing of a
machine. Without Terraform, or without a provider, they fail and say how to have it; they are never passed over.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile

import pytest

from terraform.checks import places

_FILES = ("test_changes.py", "test_modules.py", "test_plans.py", "test_rights.py")


def main(arguments: list[str]) -> int:
    """Run them; pytest's exit code."""
    parser = argparse.ArgumentParser(prog="test", description="Checks terraform/ by Terraform itself.")
    parser.add_argument("--junit", metavar="FILE", help="write what came of it there, for those who count")
    options, more = parser.parse_known_args(arguments)
    here = pathlib.Path(__file__).parent
    settings = places.REPOSITORY / "pyproject.toml"
    with tempfile.TemporaryDirectory() as scratch:
        words = [f"--config-file={settings}", f"--rootdir={places.REPOSITORY}", f"--basetemp={scratch}/pytest", *more]
        if options.junit is not None:
            words.append(f"--junitxml={pathlib.Path(os.environ.get('BUILD_WORKING_DIRECTORY', '.'), options.junit)}")
        return int(pytest.main([*words, *(str(here / name) for name in _FILES)]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
