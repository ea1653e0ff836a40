"""Real days, killed at random: `./bazelw run //proof:kill -- --times 200 --store all`.

Each run is a day of the pipeline by the real driver, killed one to three times, sometimes with all that it started, and
continued by another until it ends. After each, log, claims and results are looked at (`verdict`). Exit 1 with the
folder kept if anything was wrong. One run in twenty has the true lease; the others wait out a short one.
"""

from __future__ import annotations

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from collections.abc import Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from deploy.place import PlaceError
from deploy.release import Runner
from proof import tally
from proof.arguments import CONFIGURATION, STOPPED, WRONG, Limits, NotBegun, Parser
from proof.disturbed import SHORT_LEASE, TRUE_LEASE, Report, disturbed, plan, undisturbed
from proof.grounds import DAYS, Grounds, prepared
from proof.pool import as_they_end
from tests.crash.places import KINDS
from tools.postgres.programs import PostgresError

TRUE_ONE_IN = 20
_RUNNERS = (Runner.PROCESS, Runner.IMAGES)
_EVERY = 10
"""Runs between two lines of progress where nobody watches."""
_LIMITS: Limits = {"times": (1, 100_000), "side-by-side": (1, 64)}


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An undisturbed day: its results, and how many events its log has."""

    results: Mapping[str, str]
    length: int


def main(arguments: Sequence[str]) -> int:
    """Prove it for each store that is asked for; 1 if anything was wrong, with the folder kept."""
    options = _parser().read(arguments, _LIMITS)
    folder = Path(tempfile.mkdtemp(prefix="nightjar-proof-"))
    try:
        with prepared(folder, os.environ, options.runner) as grounds:
            references = _references(grounds, DAYS[: options.times], options.side_by_side)
            kinds = KINDS if options.store == "all" else (options.store,)
            wrong = [_prove(grounds, references, kind, options) for kind in kinds]
    except (NotBegun, PlaceError, PostgresError) as err:
        print(f"kill: {err}\nkill: what there is to see is in {folder}", file=sys.stderr)
        return CONFIGURATION
    except KeyboardInterrupt:
        print(f"kill: stopped; {folder} can be removed", file=sys.stderr)
        return STOPPED
    if any(wrong):
        print(f"kill: what is wrong is kept in {folder}", file=sys.stderr)
        return WRONG
    shutil.rmtree(folder)
    return 0


def _prove(grounds: Grounds, references: Mapping[str, Reference], kind: str, options: argparse.Namespace) -> int:
    """All runs at one store; how many were wrong."""
    began = time.monotonic()
    reports: list[Report] = []
    for number, report in _reports(grounds, references, kind, options):
        reports.append(report)
        if report.problems or options.each:
            _tell_of(report, f"{kind} {number}")
        wrong = sum(bool(each.problems) for each in reports)
        kills = sum(len(each.kills) for each in reports)
        seconds = time.monotonic() - began
        _tell(tally.progress(len(reports), options.times, kills, wrong, seconds=seconds), last=len(reports))
    minutes = (time.monotonic() - began) / 60
    tally.render(reports, title=f"{kind}, seed {options.seed}, {minutes:.1f} min")
    return sum(bool(each.problems) for each in reports)


def _reports(
    grounds: Grounds, references: Mapping[str, Reference], kind: str, options: argparse.Namespace
) -> Iterator[tuple[int, Report]]:
    """The reports of the runs by their numbers, as they end, a few at a time."""

    def one(number: int) -> tuple[int, Report]:
        day = DAYS[number % len(DAYS)]
        dice = random.Random(f"{options.seed} {kind} {number}")  # noqa: S311  (a seed gives the same plan again)
        lease = TRUE_LEASE if number % TRUE_ONE_IN == TRUE_ONE_IN - 1 else SHORT_LEASE
        place = grounds.place(f"{kind}-{number}", day=day, kind=kind)
        report = disturbed(place, plan(dice, references[day].length), references[day].results, lease=lease)
        if report.problems:
            report.problems.append(f"its folder is {place.folder}")
        else:
            grounds.forget(place)
        return number, report

    return as_they_end(one, options.times, at_once=options.side_by_side)


def _references(grounds: Grounds, days: Sequence[str], side_by_side: int) -> dict[str, Reference]:
    """Each day, undisturbed."""

    def one(day: str) -> Reference:
        place = grounds.place(f"undisturbed-{day}", day=day, kind="sqlite")
        length = undisturbed(place)
        results = place.results()
        grounds.forget(place)
        return Reference(results=results, length=length)

    with ThreadPoolExecutor(side_by_side) as pool:
        return dict(zip(days, pool.map(one, days), strict=True))


def _tell_of(report: Report, who: str) -> None:
    """A run: what each kill came right after, and what is wrong."""
    print(f"\n{who}: killed after {', then after '.join(report.kills) or 'nothing'}", file=sys.stderr)
    for problem in report.problems:
        print(f"{who}: {problem}", file=sys.stderr)


def _tell(text: str, *, last: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
    elif last % _EVERY == 0:
        print(text, file=sys.stderr, flush=True)


def _parser() -> Parser:
    parser = Parser(prog="kill", description="Kills real days at random and looks at what is left.")
    add = parser.add_argument
    add("--times", type=int, default=20, metavar="N", help="complete runs at each store (%(default)s)")
    add("--store", choices=(*KINDS, "all"), default="all", help="where the runs are recorded (%(default)s)")
    add("--seed", type=int, default=1, metavar="S", help="another seed kills at other moments (%(default)s)")
    add("--runner", type=Runner, choices=_RUNNERS, default=Runner.PROCESS, help="what steps run from (%(default)s)")
    add("--side-by-side", type=int, default=4, metavar="N", help="runs at once (%(default)s)")
    add("--each", action="store_true", help="a line for each run: the last event in its log at each kill")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
