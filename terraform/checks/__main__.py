"""Runs the checks that need Terraform: `./bazelw run //terraform:test [-- --junit FILE] [PYTEST OPTIONS]`.

They are no Bazel tests, because Terraform and the google provider are this machine's, and a test sees nothing of a
machine. Without Terraform, or without a provider, they fail and say how to have it; they are never passed over.
"""

from __future__ import annotations

import argparse
import pathlib
import sys

from terraform.checks import places
from tools.testlogs import outside

_FILES = ("test_changes.py", "test_modules.py", "test_plans.py", "test_rights.py")


def main(arguments: list[str]) -> int:
    """Run them; pytest's exit code."""
    parser = argparse.ArgumentParser(prog="test", description="Checks terraform/ by Terraform itself.")
    outside.add_junit(parser)
    options, more = parser.parse_known_args(arguments)
    here = pathlib.Path(__file__).parent
    files = [here / name for name in _FILES]
    return outside.run(files, repository=places.REPOSITORY, junit=options.junit, more=more)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
