"""Deploys for real, to a place on this machine: `./bazelw run //tests/deploy:check [-- --junit FILE] [PYTEST OPTIONS]`.

It is no Bazel test, because Terraform and the google provider are this machine's, and a test sees nothing of a machine.
Without Terraform, or without a provider, it fails and says how to have it; it is never passed over.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

from tools.testlogs import outside


def main(arguments: list[str]) -> int:
    """Run the tests; pytest's exit code."""
    parser = argparse.ArgumentParser(
        prog="check", description="Deploys to a place on this machine, by Terraform itself."
    )
    outside.add_junit(parser)
    parser.add_argument("--write", action="store_true", help="write docs/transcript.md instead of comparing with it")
    options, more = parser.parse_known_args(arguments)
    repository = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    os.environ.setdefault("SOURCES", str(repository / "pyproject.toml"))
    os.environ["TRANSCRIPT"] = str(repository / "docs" / "transcript.md")
    if options.write:
        os.environ["TRANSCRIPT_WRITE"] = "yes"
    files = [pathlib.Path(__file__).with_name("test_deploy.py")]
    return outside.run(files, repository=repository, junit=options.junit, more=more)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
