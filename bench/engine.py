"""The figures of the engine, beside what was aimed at and what others reach: `./bazelw run //bench:engine`.

Each is the median of several, with the least and the most. Every event is as durable as the stores make it by default.
Steps that do nothing run on an instrument (`bench/instrument.py`), and the table says where; the others are processes.
Peers are quoted as they were measured for the project's issue, on other machines.
"""

from __future__ import annotations

import os
import pathlib
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import timedelta

from bench import days, figures, programs
from bench.figures import Figure
from bench.processes import Yard, idle, repeated
from bench.programs import Program
from orchestrator.clock import SystemClock
from orchestrator.core.errors import NightjarError
from orchestrator.core.model import Pipeline
from orchestrator.ports import Store
from orchestrator.runners.layouts import ImageError
from orchestrator.stores.bucket import Bucket
from orchestrator.stores.object_store import ObjectStore
from orchestrator.stores.postgres import PostgresStore
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.memory import MemoryStore
from tools.postgres.programs import PostgresError
from tools.postgres.server import server

_TIMES = 5
_SYNCS = 101
_CHAIN = 100
_LAYERED, _WIDTH, _PARALLEL = 1_000, 100, 8
_PLANNED = 10_000
_STEPS_IN_A_ROW = 20
_RUNNING, _WATCHED_SECONDS = 1_000, 20.0
_MS, _MB = 1e3, 1e-6

_NOTHING = "steps are an instrument's"
_SHIPPED = "what ships, unpacked, in bubblewrap"
_COMPILED = "as by `bazel run`: each module is compiled at each start"
_CHAIN_PEERS = {
    "DBOS on PostgreSQL": "0.3",
    "Luigi": "1.0",
    "Dagster": "21",
    "Temporal": "30-81",
    "Prefect": "52",
    "Airflow": "1131",
}
_LAYER_PEERS = {"DBOS": "4.5", "Luigi": "13", "Dagster": "26"}
_START_PEERS = {"doit": "0.13", "Luigi": "0.24", "Dagster": "2.5", "Airflow": "5.5-10"}


@dataclass(frozen=True, slots=True, kw_only=True)
class _Kind:
    """A store to be measured: how it is opened in a folder, and what is aimed at for a chain and for layers."""

    name: str
    open: Callable[[pathlib.Path], Store]
    chain: float | None
    layers: float | None


def main(arguments: list[str]) -> int:
    """Measure, print, and write."""
    parser = figures.parser("engine", "Measures the engine.")
    parser.add_argument("--only", metavar="NAME", choices=sorted(_MEASURES), help=f"one of {', '.join(_MEASURES)}")
    options = parser.parse_args(arguments)
    wanted = [options.only] if options.only else list(_MEASURES)

    def measure() -> list[Figure]:
        with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as folder:
            return [figure for name in wanted for figure in _MEASURES[name](pathlib.Path(folder))]

    title = f"Engine ({os.cpu_count()} cores; peers as measured for the project's issue)"
    failures = dict.fromkeys((ImageError, NightjarError, PostgresError), 1)
    return figures.publish("engine", measure, title=title, json_file=options.json, failures=failures)


def floor(folder: pathlib.Path) -> list[Figure]:
    """What the stores stand on: the disk, and the loop itself on a store that forgets."""
    longer = [days.seconds_to_sync(folder, longer=True) * _MS for _ in range(_SYNCS)]
    within = [days.seconds_to_sync(folder, longer=False) * _MS for _ in range(_SYNCS)]
    note = "a step of a chain makes two"
    disk = [
        Figure.of_several("one durable write at the end of a file", longer, unit="ms", aim=None, note=note),
        Figure.of_several(
            "one durable write within a file", within, unit="ms", aim=None, note=f"{note}; SQLite's are such"
        ),
    ]
    kind = _Kind(name="memory", open=lambda _: MemoryStore(SystemClock()), chain=None, layers=None)
    return [*disk, *_days(kind, folder / "memory")]


def sqlite(folder: pathlib.Path) -> list[Figure]:
    """Chain and layers on SQLite."""
    kind = _Kind(name="SQLite", open=lambda at: SqliteStore(at / "runs.sqlite"), chain=1.0, layers=2.0)
    return _days(kind, folder / "sqlite")


def postgres(folder: pathlib.Path) -> list[Figure]:
    """Chain and layers on a private PostgreSQL that keeps what it committed."""
    with server(folder / "postgres", durable=True) as running:
        dsn = running.dsn
        kind = _Kind(name="PostgreSQL", open=lambda _: PostgresStore(dsn, name="it"), chain=2.0, layers=2.0)
        return _days(kind, folder / "on-postgres")


def objects(folder: pathlib.Path) -> list[Figure]:
    """Chain and layers on an object store in a folder."""

    def opened(at: pathlib.Path) -> Store:
        return ObjectStore(Bucket.open((at / "objects").as_uri()))

    return _days(_Kind(name="object store on file://", open=opened, chain=None, layers=None), folder / "objects")


def plan(_folder: pathlib.Path) -> list[Figure]:
    """One decision."""
    pipeline = days.layers(_PLANNED, width=_WIDTH, parallelism=_PARALLEL)
    spent = [days.seconds_to_decide(pipeline) for _ in range(_TIMES)]
    return [Figure.of_several(f"plan of {_PLANNED} steps", spent, unit="s", aim=0.10)]


def start(folder: pathlib.Path) -> list[Figure]:
    """The command line, and steps one after the other: what ships, and for comparison the sources without bytecode."""
    made = (folder / "start", folder / "start-from-sources")
    for each in made:
        each.mkdir()
    image, files = programs.shipped(made[0]), programs.sources()
    with _yard(made[0], image) as yard, _yard(made[1], files) as other:
        bare = repeated(yard.interpreter, times=_TIMES)
        first, compiled = (repeated(each.first_instruction, times=_TIMES) for each in (yard, other))
        following = yard.to_the_next(_STEPS_IN_A_ROW)
        other.to_the_next(_STEPS_IN_A_ROW)
        looked, looked_compiled = (repeated(each.status, times=_TIMES) for each in (yard, other))
    run, status = "`nightjar run` to the first step's first instruction", f"`nightjar status`, {_STEPS_IN_A_ROW} steps"
    return [
        Figure.of_several("an interpreter that does nothing", bare, aim=None, note=_SHIPPED),
        Figure.of_several(run, first, aim=0.15, peers=_START_PEERS, note=f"{_SHIPPED}; a run starts two interpreters"),
        Figure.of_several(run, compiled, aim=None, note=_COMPILED),
        Figure.of_several(
            "a step's end to the next one's first instruction", following, aim=1.0, note=f"processes, {_SHIPPED}"
        ),
        Figure.of_several(status, looked, aim=0.10, peers=_START_PEERS, note=_SHIPPED),
        Figure.of_several(status, looked_compiled, aim=None, note=_COMPILED),
    ]


def adopt(folder: pathlib.Path) -> list[Figure]:
    """From the death of an orchestrator on."""
    at = folder / "adopt"
    at.mkdir()
    # Not from the image: with the first process of a container everything in it dies, the step too.
    with _yard(at, programs.sources(bytecode=at / "bytecode")) as yard:
        spent = [yard.killed_to_adopting() for _ in range(3)]
    return [
        Figure.of_several("killed orchestrator to the next one's adoption", spent, aim=30, note="the lease lasts 15 s")
    ]


def watch(folder: pathlib.Path) -> list[Figure]:
    """What watching costs."""
    at = folder / "watch"
    at.mkdir()
    found = idle(at, steps=_RUNNING, seconds=_WATCHED_SECONDS)
    running = f"{_RUNNING} running steps"
    return [
        Figure(name=f"{running}, CPU", value=found["cpu"] * 100, unit="% of a core", aim=1, note=_NOTHING),
        Figure(name=f"{running}, memory at most", value=found["rss"] * _MB, unit="MB", aim=60, note=_NOTHING),
    ]


_MEASURES: Mapping[str, Callable[[pathlib.Path], list[Figure]]] = {
    each.__name__: each for each in (floor, sqlite, postgres, objects, plan, start, adopt, watch)
}


def _days(kind: _Kind, folder: pathlib.Path) -> list[Figure]:
    """A chain and layers, each several times in a store that is new."""
    layered = days.layers(_LAYERED, width=_WIDTH, parallelism=_PARALLEL)
    shapes: Sequence[tuple[str, Pipeline, float | None, Mapping[str, str]]] = (
        (f"chain of {_CHAIN} steps", days.chain(_CHAIN), kind.chain, _CHAIN_PEERS),
        (f"{_LAYERED} steps in layers, {_PARALLEL} at once", layered, kind.layers, _LAYER_PEERS),
    )
    found = []
    folder.mkdir()
    with closing(kind.open(folder)) as store:
        for number, (shape, pipeline, aim, peers) in enumerate(shapes):
            dates = [build.DAY + timedelta(days=number * _TIMES + n) for n in range(_TIMES)]
            spent = [days.seconds_a_step(store, pipeline, day) * _MS for day in dates]
            name = f"{shape}, {kind.name}, a step"
            found.append(Figure.of_several(name, spent, unit="ms", aim=aim, peers=peers, note=_NOTHING))
    return found


@contextmanager
def _yard(folder: pathlib.Path, program: Program) -> Iterator[Yard]:
    with closing(Yard(folder, program)) as yard:
        yield yard


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
