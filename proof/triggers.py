"""Many triggers of one day at once: `./bazelw run //proof:triggers -- --count 100`.

Real orchestrator processes on a run that is held open until all but one have left. One run, one driver, and everybody
exits 0: that is what is counted, for each store.
"""

from __future__ import annotations

import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestrator.core.events import Claimed
from orchestrator.testing import build
from proof.arguments import CONFIGURATION, WRONG, Limits, Parser
from tests.crash.crash_site import Driver, Site, count, eventually, only_one_left
from tests.crash.places import KINDS, NewStore, stores
from tools.postgres.programs import PostgresError

_PATIENCE = 600.0
_LIMITS: Limits = {"count": (2, 1000)}
_ONCE = {"first": 1, "last": 1}


def main(arguments: Sequence[str]) -> int:
    """Prove it for each store that is asked for; 1 if anything was wrong, with the folder kept."""
    parser = Parser(prog="triggers", description="Triggers one day many times at once.")
    parser.add_argument("--count", type=int, default=100, metavar="N", help="triggers at once (100)")
    parser.add_argument("--store", choices=(*KINDS, "all"), default="all", help="where the run is recorded (all)")
    options = parser.read(arguments, _LIMITS)
    folder = Path(tempfile.mkdtemp(prefix="nightjar-proof-"))
    table = Table(box=None, title=f"{options.count} triggers at once", title_justify="left", title_style="bold")
    for heading in ("store", "drove", "left with 0", "steps done once", "seconds until all but one had left"):
        table.add_column(heading, justify="left" if heading == "store" else "right")
    wrong = []
    try:
        for kind in KINDS if options.store == "all" else (options.store,):
            with ExitStack() as stack:
                new_store = stack.enter_context(stores(kind, folder / f"{kind}-server"))
                cells, problems = _prove(folder / kind, new_store, options.count)
            table.add_row(kind, *cells)
            wrong += [f"{kind}: {problem}" for problem in problems]
    except PostgresError as err:
        print(f"triggers: {err}", file=sys.stderr)
        return CONFIGURATION
    Console(highlight=False).print(table)
    if wrong:
        print(*wrong, f"triggers: what is wrong is kept in {folder}", sep="\n", file=sys.stderr)
        return WRONG
    shutil.rmtree(folder)
    return 0


def _prove(folder: Path, new_store: NewStore, number: int) -> tuple[list[str], list[str]]:
    """One store: the cells of its row, and what was wrong."""
    folder.mkdir()
    pipeline = build.pipeline(build.step("first"), build.step("last", ["first"]))
    site = Site(folder, pipeline, store=new_store(folder))
    site.gate("last")
    try:
        return _triggered(site, number)
    except AssertionError as err:
        return [], [f"an orchestrator did not do what was waited for: {err}"]
    finally:
        site.clean()


def _triggered(site: Site, number: int) -> tuple[list[str], list[str]]:
    began = time.monotonic()
    drivers = [site.trigger() for _ in range(number)]
    living = eventually(lambda: only_one_left(drivers), patience=_PATIENCE)
    seconds = time.monotonic() - began
    site.open_gate("last")
    left = [driver for driver in drivers if driver.code() == 0]
    drove = {event.driver for event in site.events() if isinstance(event, Claimed)}
    problems = _problems(drivers, living)
    once = count(site.ledger()) == _ONCE
    problems += [] if once else [f"steps ran {count(site.ledger())}"]
    problems += [] if len(drove) == 1 else [f"{len(drove)} drove: {sorted(drove)}"]
    return [str(len(drove)), f"{len(left)} of {number}", "yes" if once else "no", f"{seconds:.1f}"], problems


def _problems(drivers: Sequence[Driver], living: Driver) -> list[str]:
    """Who did not leave as it should: with 0, and with the driver's name."""
    found = [f"{each.process.pid} left with {each.code()}:\n{each.said()}" for each in drivers if each.code() != 0]
    silent = [each for each in drivers if f"/{living.process.pid} since " not in each.said()]
    return found + [f"{each.process.pid} does not say who drives:\n{each.said()}" for each in silent]


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
