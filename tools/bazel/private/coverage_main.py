"""Runs pytest and fails as well when the tests leave out a line or a branch of the modules that they are for.

Property tests are not run: what only a drawn example reaches is not held by a test, and as tests they have their own
targets. What may be left out is in pyproject.toml, and a comment excuses nothing.
"""

import argparse
import sys

import coverage

from tools.bazel.private import pytest_main


def main(arguments: list[str]) -> int:
    """Pytest's own code when a test fails, 1 when something is not covered; a report with what that is."""
    parser = argparse.ArgumentParser(allow_abbrev=False)
    parser.add_argument("--covers", nargs="+", required=True, help="the modules, also those that no test imports")
    parser.add_argument("--tests", nargs="+", required=True)
    options, others = parser.parse_known_args(arguments)
    measured = coverage.Coverage(data_file=None, config_file="pyproject.toml", include=options.covers)
    with measured.collect():
        code = pytest_main.main(["-m", "not hypothesis", *options.tests, *others])
    if code != 0 or pytest_main.filtered():
        return code
    if measured.report(morfs=options.covers) == 100:  # noqa: PLR2004  (per cent)
        return 0
    print("Let a test say what the lines under 'Missing' are for, or delete them.")
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
