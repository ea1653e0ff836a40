"""What many disturbed runs add up to: the line that tells how far it is, and the table at the end."""

from __future__ import annotations

import statistics
import sys
from collections import Counter
from collections.abc import Sequence

from rich.console import Console
from rich.table import Table

from proof.disturbed import TRUE_LEASE, Report

_WIDTH = 120


def progress(done: int, times: int, kills: int, wrong: int, *, seconds: float) -> str:
    """How far it is, and when it will probably end."""
    left = seconds / done * (times - done)
    return f"{done} of {times} runs, {kills} kills, {wrong} wrong; about {left / 60:.0f} min to go"


def rows(reports: Sequence[Report]) -> list[tuple[str, str]]:
    """The table: what, and how much."""
    kills = Counter(kill.partition(" ")[0] for report in reports for kill in report.kills)
    again = sum("had succeeded" in problem for report in reports for problem in report.problems)
    true = [report for report in reports if report.lease == TRUE_LEASE]
    return [
        ("complete runs", str(len(reports))),
        (f"of these with the true lease of {TRUE_LEASE:g} s", str(len(true))),
        ("kills", str(kills.total())),
        ("of these with supervisors and steps", str(sum(report.everything for report in reports))),
        *((f"killed when the last event was {kind}", str(count)) for kind, count in kills.most_common()),
        ("finished steps run again", str(again)),
        ("runs with manifests and objects equal to an undisturbed run's", str(sum(report.equal for report in reports))),
        *_adoption(reports),
        ("runs with anything wrong", str(sum(bool(report.problems) for report in reports))),
    ]


def render(reports: Sequence[Report], *, title: str) -> None:
    """Print the table."""
    table = Table(title=title, title_justify="left", title_style="bold", box=None, show_header=False)
    for what, much in rows(reports):
        table.add_row(what, much)
    Console(highlight=False, width=None if sys.stdout.isatty() else _WIDTH).print(table)


def _adoption(reports: Sequence[Report]) -> list[tuple[str, str]]:
    """From the start of the next driver until it drives, by the lease that it has to wait out."""
    found = []
    for lease in sorted({report.lease for report in reports}):
        times = [seconds for report in reports if report.lease == lease for seconds in report.adopted]
        if times:
            figures = f"{statistics.median(times):.1f} s, at most {max(times):.1f} s"
            found.append((f"start of the next driver until it drives, median, lease of {lease:g} s", figures))
    return found
