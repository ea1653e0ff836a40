"""`./bazelw run //proof:adoption -- --times 50`: twelve executions at Cloud Run, and the orchestrator killed.

Each round is a run of its own, by the product's command on its true lease. When all twelve steps work, the orchestrator
is killed at a moment that a seed draws, and started again at once. It has to have all twelve in its hands again within
half a minute of the kill, none may be executed a second time, and then the run has to succeed. Rounds go side by side.
"""

from __future__ import annotations

import argparse
import contextlib
import random
import shutil
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from rich.console import Console
from rich.table import Table

from orchestrator.core.events import Adopted, Started
from orchestrator.testing import build
from orchestrator.testing.emulator import emulator
from proof.arguments import STOPPED, WRONG, Limits, Parser
from proof.gated import STEPS, Round, Site
from proof.pool import as_they_end
from proof.verdict import violations
from tests.crash.crash_site import Driver

_LIMITS: Limits = {"times": (1, 10_000), "side-by-side": (1, 64), "within": (1, 3600)}
_LATEST = 4.0
"""Seconds after which the orchestrator is killed: more than there are between two of its heartbeats."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """A round: how many seconds after the kill each step was adopted, and what was wrong."""

    run: str
    adopted: Sequence[float]
    problems: Sequence[str]


def main(arguments: Sequence[str]) -> int:
    """Prove it; 1 if anything was wrong, with the folder kept."""
    options = _parser().read(arguments, _LIMITS)
    folder = Path(tempfile.mkdtemp(prefix="nightjar-proof-"))
    began = time.monotonic()
    reports: list[Report] = []
    try:
        with emulator(folder) as running:
            for report in _reports(Site.made(folder, running), options):
                reports.append(report)
                print(_told(report, f"{len(reports)} of {options.times}"), file=sys.stderr, flush=True)
    except KeyboardInterrupt:
        print(f"adoption: stopped; {folder} can be removed", file=sys.stderr)
        return STOPPED
    Console(highlight=False).print(_table(reports, seed=options.seed, minutes=(time.monotonic() - began) / 60))
    if any(report.problems for report in reports):
        print(f"adoption: what is wrong is kept in {folder}", file=sys.stderr)
        return WRONG
    shutil.rmtree(folder)
    return 0


def _reports(site: Site, options: argparse.Namespace) -> Iterator[Report]:
    """The rounds as they end, a few at a time."""

    def one(number: int) -> Report:
        dice = random.Random(f"{options.seed} {number}")  # noqa: S311  (a seed gives the same moments again)
        with site.round(build.DAY + timedelta(days=number)) as made:
            return _played(made, after=dice.uniform(0, _LATEST), within=options.within)

    return as_they_end(one, options.times, at_once=options.side_by_side)


def _played(made: Round, *, after: float, within: float) -> Report:
    """Kill once, adopt, and let it end."""
    adopted: list[float] = []
    problems: list[str] = []
    try:
        killed = _killed(made, after)
        with contextlib.closing(made.drive()) as driver:
            adopted = [at - killed for at in _adopting(driver)]
            made.open_gate()
            if (code := driver.code()) != 0:
                problems.append(f"the second driver ended with {code}:\n{driver.said()}")
    except AssertionError as err:
        problems.append(f"what was waited for did not come: {err}")
    if adopted and max(adopted) > within:
        problems.append(f"it took {max(adopted):.1f} s until all were adopted")
    worked = made.worked()
    problems += violations(made.log(), worked)
    problems += [f"{each} was executed {worked.count(each)} times" for each in set(worked) if worked.count(each) > 1]
    return Report(run=str(made.run), adopted=adopted, problems=problems)


def _killed(made: Round, after: float) -> float:
    """Start the first driver, kill it so many seconds after all steps work; when that was."""
    with contextlib.closing(made.drive()) as driver:
        for _ in STEPS:
            driver.until(Started.kind)
        made.await_work()
        time.sleep(after)
        driver.kill()
        return time.monotonic()


def _adopting(driver: Driver) -> list[float]:
    """When each step was adopted, by the monotonic clock."""
    for _ in STEPS:
        driver.until(Adopted.kind)
    return [at for at, entry in driver.heard if entry.get("event") == Adopted.kind]


def _told(report: Report, progress: str) -> str:
    seconds = f"all adopted {max(report.adopted):.1f} s after the kill" if report.adopted else "not adopted"
    return "\n".join([f"{progress}: {report.run}: {seconds}", *(f"VIOLATION {each}" for each in report.problems)])


def _table(reports: Sequence[Report], *, seed: int, minutes: float) -> Table:
    last = [max(report.adopted) for report in reports if report.adopted]
    table = Table(title=f"seed {seed}, {minutes:.1f} min", title_justify="left", box=None, show_header=False)
    table.add_row("times killed with all steps at work", str(len(reports)))
    adopted = sum(len(report.adopted) for report in reports)
    table.add_row("executions adopted", f"{adopted} of {len(reports) * len(STEPS)}")
    twice = sum("was executed" in problem for report in reports for problem in report.problems)
    table.add_row("executed twice", str(twice))
    if last:
        shown = f"{statistics.median(last):.1f} s, from {min(last):.1f} to {max(last):.1f} s"
        table.add_row("kill until all are adopted, median", shown)
    table.add_row("rounds with anything wrong", str(sum(bool(report.problems) for report in reports)))
    return table


def _parser() -> Parser:
    parser = Parser(prog="adoption", description="Kills the orchestrator while executions run, and starts it again.")
    add = parser.add_argument
    add("--times", type=int, default=50, metavar="N", help="rounds, each with one kill (%(default)s)")
    add("--seed", type=int, default=1, metavar="S", help="another seed kills at other moments (%(default)s)")
    add("--within", type=float, default=30.0, metavar="SECONDS", help="from kill to adoption at most (%(default)s)")
    add("--side-by-side", type=int, default=6, metavar="N", help="rounds at once (%(default)s)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
