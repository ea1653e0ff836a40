"""Goes back to a release that was applied before: `./bazelw run //deploy:rollback -- --env ENV [--to REVISION]`.

Its images and its jobs come back, with the Terraform of the present sources; data, secrets and the database stay as
they are. Twice without --to is where one was.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence

from deploy import applying
from deploy.options import Parser, add_apply, add_environment, told
from deploy.target import target


def main(arguments: Sequence[str]) -> int:
    """Go back; the exit code."""
    parser = Parser("rollback", "Deploys a release of the history again: the one before, or the one that --to names.")
    add_environment(parser)
    add_apply(parser)
    parser.add_argument("--to", metavar="REVISION", help="the commit of the release, or its beginning")
    options = parser.parse_args(arguments)

    def work() -> int:
        with target(options) as found:
            applying.go_back(found, options)
        return 0

    return told("rollback", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
