"""Rehearses the workflows: `./bazelw run //tests/ci:rehearse [-- --junit FILE] [PYTEST OPTIONS]`.

Each `run:` line of each workflow runs as it stands, in its order, from clones of this commit; the registry and the
projects that it deploys to are on this machine. It is no Bazel test, because it runs Bazel, git and Terraform.
"""

from __future__ import annotations

import argparse
import os
import pathlib
import sys

from tools.testlogs import outside


def main(arguments: list[str]) -> int:
    """Run it; pytest's exit code."""
    parser = argparse.ArgumentParser(prog="rehearse", description="Rehearses the workflows on this machine.")
    outside.add_junit(parser)
    options, more = parser.parse_known_args(arguments)
    repository = pathlib.Path(os.environ["BUILD_WORKSPACE_DIRECTORY"])
    os.environ["REPOSITORY"] = str(repository)
    files = [pathlib.Path(__file__).with_name("test_rehearsal.py")]
    # Its lines take minutes: what is run is shown when it begins.
    return outside.run(files, repository=repository, junit=options.junit, more=["--capture=no", *more])


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
