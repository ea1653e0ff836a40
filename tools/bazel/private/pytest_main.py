"""Starts pytest as Bazel wants a test to run: the settings of the repository, XML where Bazel reads it, shards."""

import os
import pathlib
import sys

import pytest

_ROOT = pathlib.Path.cwd()
_NO_TESTS = 5


def main(arguments: list[str]) -> int:
    """Run the given modules; a module without tests fails, since a test that asserts nothing is none."""
    options = ["--import-mode=importlib", f"--config-file={_ROOT / 'pyproject.toml'}", f"--rootdir={_ROOT}"]
    if report := os.environ.get("XML_OUTPUT_FILE"):
        options.append(f"--junitxml={report}")
    if only := filtered():
        options.append(f"-k={only}")
    scratch = os.environ["TEST_TMPDIR"]
    options.append(f"--basetemp={scratch}/pytest")
    # Else it would want a folder beside the sources, which are read-only here.
    os.environ["HYPOTHESIS_STORAGE_DIRECTORY"] = f"{scratch}/hypothesis"
    # By this Hypothesis draws the same examples each time and holds none of them to a clock.
    os.environ["CI"] = "1"
    code = int(pytest.main([*options, *arguments]))
    if code == _NO_TESTS:
        print("pytest found no test in", *arguments, file=sys.stderr)
    return code


def filtered() -> str:
    """What `--test_filter` says; empty when every test is to run."""
    return os.environ.get("TESTBRIDGE_TEST_ONLY", "")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
