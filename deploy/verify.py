"""Asks Cloud Run whether what is deployed is what was applied last: `./bazelw run //deploy:verify -- --env ENV`.

What was applied last the history says, job by job; so a job that somebody altered by hand is found. Changes nothing.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence

from rich.console import Console
from rich.table import Table

from deploy import readiness
from deploy.errors import NotReady
from deploy.jobs import Difference, Fields
from deploy.options import Parser, add_environment, told
from deploy.target import target

_PIPED = 240
_DIFFERS = 1


def main(arguments: Sequence[str]) -> int:
    """Compare; 1 where something differs."""
    parser = Parser("verify", "Compares the jobs of Cloud Run with the release that was applied last.")
    add_environment(parser)
    options = parser.parse_args(arguments)

    def work() -> int:
        with target(options) as found:
            history = found.history()
            applied = history.newest()
            if applied is None:
                raise NotReady(f"{history.name} has no release: nothing was applied yet, by `//deploy:apply`")
            print(f"{found.name}: release {applied.number} of {history.name}: {applied.release.revision}")
            differences = readiness.compare(found, applied.jobs)
        show(applied.jobs, differences)
        return _DIFFERS if any(differences.values()) else 0

    return told("verify", work)


def show(expected: Mapping[str, Fields], found: Mapping[str, list[Difference]]) -> None:
    """Print a line for each job, then one for each difference."""
    console = Console(highlight=False, width=None if sys.stdout.isatty() else _PIPED)
    console.print(
        _table(["job", "is", "fields"], [[name, _verdict(found[name]), str(len(expected[name]))] for name in expected])
    )
    rows = [[name, each.field, each.before or "", each.after or ""] for name, all_ in found.items() for each in all_]
    if rows:
        console.print(_table(["job", "field", "deployed", "expected"], rows))


def _verdict(differences: Sequence[Difference]) -> str:
    return "as applied" if not differences else "not there" if differences[0].field == "job" else "altered"


def _table(heading: Sequence[str], rows: Sequence[Sequence[str]]) -> Table:
    table = Table(box=None, header_style="dim", padding=(0, 2, 0, 0))
    for each in heading:
        table.add_column(each, overflow="fold")
    for row in rows:
        table.add_row(*row)
    return table


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
