"""Deploys a release: `./bazelw run //deploy:apply -- --env ENV`. Shows the plan, asks, and writes the history."""

from __future__ import annotations

import sys
from collections.abc import Sequence

from deploy import applying
from deploy.options import Parser, add_apply, add_environment, add_release, told, user_path
from deploy.target import target


def main(arguments: Sequence[str]) -> int:
    """Apply; the exit code."""
    parser = Parser(
        "apply", "Deploys a release: shows the plan, asks, applies it, waits for the jobs, writes the history."
    )
    add_environment(parser)
    add_release(parser)
    add_apply(parser)
    parser.add_argument("--only-secrets", action="store_true", help="make the secrets alone, to be given values first")
    options = parser.parse_args(arguments)

    def work() -> int:
        with target(options) as found:
            do = applying.apply_secrets if options.only_secrets else applying.apply
            do(found, user_path(options.release), options)
        return 0

    return told("apply", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
