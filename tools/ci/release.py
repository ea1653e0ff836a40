"""Writes the release that pushing this commit would make: `./bazelw run //tools/ci:release -- --env ENV --out FILE`.

For a plan of a commit that nobody may push yet. It pushes nothing and asks no registry, so it must never be applied;
`//deploy:apply` refuses images that the registry lacks.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence

from deploy.files import write
from deploy.options import Parser, told, user_path
from deploy.push import in_registry, repository_of
from deploy.release import of_build, workspace
from deploy.values import ENVIRONMENTS
from orchestrator.core import release


def main(arguments: Sequence[str]) -> int:
    """Write it; the exit code."""
    parser = Parser("release", "Writes the release that pushing this commit would make, and pushes nothing.")
    parser.add_argument("--env", choices=ENVIRONMENTS, default="dev", help="whose repository (dev)")
    parser.add_argument("--out", metavar="FILE", required=True, help="the release to write")
    options = parser.parse_args(arguments)

    def work() -> int:
        made = of_build(os.environ, workspace())
        write(user_path(options.out), release.dumps(in_registry(made, repository_of(options.env))))
        return 0

    return told("release", work)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
