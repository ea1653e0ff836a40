"""`./bazelw run //proof:simulation -- --seconds N`: simulated days by the thousand, until time is up or one breaks.

Each scenario has its turn, seed by seed. The first case that breaks something is made as small as it gets, its story is
printed, and the exit code is 1. With `--mutations` it is shown instead that each deliberate defect is found.
"""

from __future__ import annotations

import argparse
import itertools
import sys
import time
from collections import Counter
from collections.abc import Iterator, Sequence

from rich.console import Console
from rich.progress import Progress
from rich.table import Table

from tests.simulation.drawing import SCENARIOS, draw
from tests.simulation.faults import Call, Kind
from tests.simulation.mutants import MUTANTS, hunt
from tests.simulation.shrinking import shrink
from tests.simulation.simulation import Result, simulate
from tests.simulation.story import tell
from tests.simulation.turns import Crew

_MOST = 1_000
"""Seeds within which a deliberate defect has to be found."""


class _Tally:
    """What a proof has seen so far."""

    def __init__(self) -> None:
        self.cases = Counter[str]()
        self.attempts = Counter[str]()
        self.tasks = 0
        self.faults = Counter[tuple[Call, Kind]]()
        self._began = time.process_time()

    def add(self, result: Result) -> None:
        """Count a case."""
        self.cases[result.case.scenario] += 1
        self.attempts[result.case.scenario] += result.attempts
        self.tasks += result.checker.works_begun
        self.faults.update((fault.call, fault.kind) for fault in result.checker.faults)

    def summary(self) -> str:
        """Everything in a line."""
        took = time.process_time() - self._began
        cases, attempts, faults = self.cases.total(), self.attempts.total(), self.faults.total()
        rate = f"{attempts / took:,.0f} attempts a second of processor time"
        return f"{cases:,} cases, {attempts:,} attempts, {self.tasks:,} tasks, {faults:,} faults: {rate}"

    def tables(self) -> Iterator[Table]:
        """How often what was met."""
        scenarios = Table("scenario", "cases", "attempts", title="What was played")
        for name, count in self.cases.items():
            scenarios.add_row(name, f"{count:,}", f"{self.attempts[name]:,}")
        yield scenarios
        met = Table("call", *(kind.name.lower().replace("_", " ") for kind in Kind), title="Which fault met which call")
        for call in Call:
            met.add_row(call, *(f"{self.faults[call, kind]:,}" for kind in Kind))
        yield met


def main(arguments: Sequence[str]) -> int:
    """Run the proof that the arguments ask for."""
    options = _parser().parse_args(arguments)
    console = Console()
    with Crew() as crew:
        if options.mutations:
            return _mutations(console, crew)
        names = [options.scenario] if options.scenario else list(SCENARIOS)
        return _play(console, crew, names, first=options.seed, seconds=options.seconds)


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="//proof:simulation", description="Simulated days, until one breaks.")
    parser.add_argument("--seconds", type=float, default=60.0, help="how long to go on (default: %(default)g)")
    parser.add_argument("--seed", type=int, default=1, help="the first seed (default: %(default)d)")
    parser.add_argument("--scenario", choices=SCENARIOS, help="this one alone (default: all, in turn)")
    parser.add_argument("--mutations", action="store_true", help="show that each deliberate defect is found")
    return parser


def _play(console: Console, crew: Crew, names: Sequence[str], *, first: int, seconds: float) -> int:
    tally, began = _Tally(), time.perf_counter()
    with Progress(console=console) as progress:
        bar = progress.add_task("", total=seconds)
        for seed in itertools.count(first):
            for name in names:
                result = simulate(draw(name, seed), crew)
                tally.add(result)
                if result.problem:
                    progress.stop()
                    return _broken(console, crew, result)
            took = time.perf_counter() - began
            progress.update(bar, completed=took, description=f"seed {seed}, {tally.attempts.total():,} attempts")
            if took >= seconds:
                break
    console.print(*tally.tables(), tally.summary(), f"Seeds {first} to {seed}: everything held that must.", sep="\n")
    return 0


def _broken(console: Console, crew: Crew, result: Result) -> int:
    case = result.case
    console.print(f"{case.scenario}, seed {case.seed}: {result.problem}", highlight=False)
    console.print("Making it smaller …")
    small = shrink(result, crew)
    console.print(tell(small), highlight=False, markup=False, soft_wrap=True)
    again = f"./bazelw run //proof:simulation -- --scenario {case.scenario} --seed {case.seed} --seconds 0"
    console.print(f"To see it again: {again}", highlight=False, soft_wrap=True)
    return 1


def _mutations(console: Console, crew: Crew) -> int:
    table = Table("defect", "scenario", "seeds", "found by", title="Deliberate defects")
    survivors = 0
    for mutant in MUTANTS:
        count, result = hunt(mutant, crew, most=_MOST)
        survivors += result is None
        problem = result.problem if result is not None else "NOT FOUND"
        table.add_row(mutant.what, mutant.scenario, str(count), problem)
    console.print(table, f"{len(MUTANTS) - survivors} of {len(MUTANTS)} were found.", sep="\n")
    return 1 if survivors else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
