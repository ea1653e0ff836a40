"""`./bazelw run //proof:faults -- --executions 1000`: days on an emulator of Cloud Run whose every call may fail.

A fifth of all calls fails, by a seed: before their effect or after it, by an error, a cut connection or a late answer;
executions are seen late or started twice. In the end every attempt has its outcome, none was claimed twice, and nothing
hangs; otherwise the exit code is 1, and the folder is kept.
"""

from __future__ import annotations

import faulthandler
import shutil
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestrator.testing.emulator import emulator
from proof import weather
from proof.arguments import WRONG, Limits, Parser
from proof.misfortunes import Misfortune, misfortunes, rows, shares
from proof.storm import Site, Storm
from tests.faults.cases import METHODS

_STEPS, _FEWEST = 50, 10
_WIDE = 160
_LIMITS: Limits = {
    "executions": (_FEWEST, 100_000),
    "share": (0, 0.5),
    "seed": (0, 2**31),
    "seconds": (1, 86_400),
}
_GRACE = 120.0
"""Seconds after the deadline in which drivers have to have left; then it is shown where they are."""


def main(arguments: Sequence[str]) -> int:
    """Prove it once, and show what happened."""
    options = _parser().read(arguments, _LIMITS)
    folder = Path(tempfile.mkdtemp(prefix="nightjar-proof-"))
    steps = min(_STEPS, max(_FEWEST, options.executions // 4))
    suffered = misfortunes(options.share, starts_a_minute=max(60, options.executions // 5))
    with emulator(folder) as running:
        site = Site.made(folder, running, steps=steps)
        running.faults([each.fault for each in suffered], seed=options.seed)
        faulthandler.dump_traceback_later(options.seconds + _GRACE, exit=True, file=2)
        began = time.monotonic()
        left = site.blow(days=-(-options.executions // steps), seconds=options.seconds)
        took = time.monotonic() - began
        faulthandler.cancel_dump_traceback_later()
        met, hit = running.hits()
    console = Console(width=_WIDE)
    console.print(_hits(suffered, met, hit), _summary(left, seed=options.seed, took=took))
    broken = tuple(weather.violations(left))
    for problem in broken:
        console.print(f"VIOLATION {problem}", markup=False)
    if broken:
        print(f"faults: what is wrong is kept in {folder}", file=sys.stderr)
        return WRONG
    shutil.rmtree(folder)
    return 0


def _hits(suffered: Sequence[Misfortune], met: Sequence[int], hit: Sequence[int]) -> Table:
    """How often which kind of fault met which method; a call can be hit by several."""
    title = f"Faults that hit: {shares(suffered, met, hit)}"
    table = Table("fault", *(method.partition(".")[2] for method in METHODS), title=title)
    for row in rows(suffered, hit):
        table.add_row(*row)
    return table


def _summary(left: Storm, *, seed: int, took: float) -> Table:
    table = Table("what", "how many", title=f"What came of it (seed {seed})")
    table.add_row("runs", str(len(left.days)))
    table.add_row("drivers that left, and were followed", str(sum(len(day.left) for day in left.days)))
    table.add_row("executions", str(sum(left.claimed.values()) + sum(left.found.values())))
    table.add_row("of these, found their attempt claimed and left", str(sum(left.found.values())))
    for outcome, times in sorted(weather.outcomes(left).items()):
        table.add_row(f"attempts {outcome}", str(times))
    table.add_row("seconds", f"{took:.0f}")
    return table


def _parser() -> Parser:
    parser = Parser(prog="faults", description="Proves that faults of Cloud Run do no harm.")
    add = parser.add_argument
    add("--executions", type=int, default=1000, help="at least so many are started (%(default)s)")
    add("--share", type=float, default=0.2, help="of each method's calls that are hit (%(default)s)")
    add("--seed", type=int, default=1, help="what the faults are drawn by (%(default)s)")
    add("--seconds", type=float, default=600.0, help="what has not ended by then is wrong (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
