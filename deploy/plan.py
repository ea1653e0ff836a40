"""Says what applying a release would change: `./bazelw run //deploy:plan -- --env ENV`. Changes nothing."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from deploy import applying
from deploy.options import Parser, add_environment, add_release, told, user_path
from deploy.target import read_release, target


def main(arguments: Sequence[str]) -> int:
    """Print the plan; the exit code."""
    parser = Parser("plan", "Says what applying a release would change, for each step and in Terraform's own words.")
    add_environment(parser)
    add_release(parser)
    parser.add_argument("--short", action="store_true", help="without Terraform's own words")
    options = parser.parse_args(arguments)

    def work() -> int:
        with target(options) as found:
            release = user_path(options.release)
            read_release(release)
            applying.plan(found, release, short=options.short)
        return 0

    return told("plan", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
