"""Real days, killed at random: `./bazelw run //proof:kill -- --times 200 --store all`.

Each run is a day of the pipeline by the real driver, killed one to three times, sometimes with all that it started, and
continued by another until it ends. After each, log, claims and manifests are looked at (`verdict`). Exit 1 with the
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
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from dataclasses import dataclass
from pathlib import Path

from deploy.release import Runner
from proof import tally
from proof.disturbed import SHORT_LEASE, TRUE_LEASE, Report, disturbed, plan, undisturbed
from proof.grounds import DAYS, Grounds, prepared
from tests.crash.places import KINDS
from tools.postgres.programs import PostgresError

TRUE_ONE_IN = 20
_EVERY = 10
"""Runs between two lines of progress where nobody watches."""
_CONFIGURATION = 78


@dataclass(frozen=True, slots=True, kw_only=True)
class Reference:
    """An undisturbed day: its manifests, and how many events its log has."""

    manifests: dict[str, str]
    length: int


def main(arguments: Sequence[str]) -> int:
    """Prove it for each store that is asked for; 1 if anything was wrong, with the folder kept."""
    options = _parser().parse_args(arguments)
    folder = Path(tempfile.mkdtemp(prefix="nightjar-proof-"))
    try:
        with prepared(folder, os.environ, options.runner) as grounds:
            references = {day: _reference(grounds, day) for day in DAYS}
            kinds = KINDS if options.store == "all" else (options.store,)
            wrong = [_prove(grounds, references, kind, options) for kind in kinds]
    except PostgresError as err:
        print(f"kill: {err}", file=sys.stderr)
        return _CONFIGURATION
    if any(wrong):
        print(f"kill: what is wrong is kept in {folder}", file=sys.stderr)
        return 1
    shutil.rmtree(folder)
    return 0


def _prove(grounds: Grounds, references: dict[str, Reference], kind: str, options: argparse.Namespace) -> int:
    """All runs at one store; how many were wrong."""
    began = time.monotonic()
    reports: list[Report] = []
    for report in _reports(grounds, references, kind, options):
        reports.append(report)
        for problem in report.problems:
            print(f"{kind}: {problem}", file=sys.stderr)
        wrong = sum(bool(each.problems) for each in reports)
        kills = sum(len(each.kills) for each in reports)
        seconds = time.monotonic() - began
        _tell(tally.progress(len(reports), options.times, kills, wrong, seconds=seconds), last=len(reports))
    minutes = (time.monotonic() - began) / 60
    tally.render(reports, title=f"{kind}, seed {options.seed}, {minutes:.1f} min")
    return sum(bool(each.problems) for each in reports)


def _reports(
    grounds: Grounds, references: dict[str, Reference], kind: str, options: argparse.Namespace
) -> Iterator[Report]:
    """The reports of the runs as they end, a few at a time."""

    def one(number: int) -> Report:
        day = DAYS[number % len(DAYS)]
        dice = random.Random(f"{options.seed} {kind} {number}")  # noqa: S311  (a seed gives the same plan again)
        lease = TRUE_LEASE if number % TRUE_ONE_IN == TRUE_ONE_IN - 1 else SHORT_LEASE
        place = grounds.place(f"{kind}-{number}", day=day, kind=kind)
        blows = plan(dice, references[day].length)
        report = disturbed(place, blows, references[day].manifests, lease=lease)
        if report.problems:
            report.problems.append(f"its folder is {place.folder}")
        else:
            grounds.forget(place)
        return report

    with ThreadPoolExecutor(options.side_by_side) as pool:
        for future in as_completed([pool.submit(one, number) for number in range(options.times)]):
            yield future.result()


def _reference(grounds: Grounds, day: str) -> Reference:
    place = grounds.place(f"undisturbed-{day}", day=day, kind="sqlite")
    length = undisturbed(place)
    manifests = place.manifests()
    grounds.forget(place)
    return Reference(manifests=manifests, length=length)


def _tell(text: str, *, last: int) -> None:
    if sys.stderr.isatty():
        print(f"\r{text}\x1b[K", end="", file=sys.stderr, flush=True)
    elif last % _EVERY == 0:
        print(text, file=sys.stderr, flush=True)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="kill", description="Kills real days at random and looks at what is left.")
    parser.add_argument("--times", type=int, default=20, metavar="N", help="complete runs at each store (20)")
    parser.add_argument("--store", choices=(*KINDS, "all"), default="all", help="where the runs are recorded (all)")
    parser.add_argument("--seed", type=int, default=1, metavar="S", help="another seed kills at other moments (1)")
    parser.add_argument(
        "--runner", type=Runner, choices=tuple(Runner), default=Runner.PROCESS, help="as of the local run"
    )
    parser.add_argument("--side-by-side", type=int, default=2, metavar="N", help="runs at once (2)")
    return parser


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
