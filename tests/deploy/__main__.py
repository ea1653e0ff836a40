"""Deploys for real, to a place on this machine: `./bazelw run //tests/deploy:check [-- --junit FILE] [PYTEST OPTIONS]`.

It is no Bazel test, because Terraform and the google provider are this machine's, and a test sees nothing of a machine.
Without Terraform, or without a provider, it fails and says how to have it; it is never passed over.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys
import tempfile

import pytest


def main(arguments: list[str]) -> int:
    """Run the tests; pytest's exit code."""
    parser = argparse.ArgumentParser(
        prog="check", description="Deploys to a place on this machine, by Terraform itself."
    )
    parser.add_argument("--junit", metavar="FILE", help="write what came of it there, for those who count")
    parser.add_argument("--write", action="store_true", help="write docs/transcript.md instead of comparing with it")
    options, more = parser.parse_known_args(arguments)
    settings = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"], "pyproject.toml")
    os.environ.setdefault("SOURCES", str(settings))
    os.environ["TRANSCRIPT"] = str(settings.parent / "docs" / "transcript.md")
    if options.write:
        os.environ["TRANSCRIPT_WRITE"] = "yes"
    with tempfile.TemporaryDirectory() as scratch:
        words = [f"--config-file={settings}", f"--rootdir={settings.parent}", f"--basetemp={scratch}/pytest", *more]
        if options.junit is not None:
            words.append(f"--junitxml={pathlib.Path(os.environ.get('BUILD_WORKING_DIRECTORY', '.'), options.junit)}")
        return int(pytest.main([*words, str(pathlib.Path(__file__).with_name("test_deploy.py"))]))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
