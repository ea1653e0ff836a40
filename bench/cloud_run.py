"""The figures of Cloud Run on this machine, beside what was aimed at: `./bazelw run //bench:cloud_run`.

Whole days are run by `//deploy:local`, as processes and through the local Cloud Run, each in a folder of its own whose
images were unpacked before. The emulator is measured by its API alone.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import json
import os
import pathlib
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

from bench import figures
from bench.figures import Figure
from orchestrator.clock import SystemClock
from orchestrator.testing.emulator import Emulator, emulator
from tools.emulator.records import Execution
from tools.emulator.state import State

_FIRST, *_OTHERS = ("2018-01-31", "2018-02-01", "2018-02-02", "2018-02-03")
_EXECUTIONS, _AT_ONCE = 200, 20
_STORED, _PAGES = 10_000, 20
_JOB = "nothing"


@dataclass(frozen=True, slots=True, kw_only=True)
class Day:
    """A day that was run: the whole command's seconds, and those between a step's needs and its start."""

    seconds: float
    gaps: Sequence[float]


def main(arguments: list[str]) -> int:
    """Measure, print, and write."""
    options = figures.parser("cloud_run", "Measures Cloud Run on this machine.").parse_args(arguments)

    def measure() -> list[Figure]:
        with tempfile.TemporaryDirectory(prefix="nightjar-bench-") as folder:
            place = pathlib.Path(folder)
            return [*days(place), *_executions(place), *_pages(place)]

    title = f"Cloud Run on this machine ({os.cpu_count()} cores)"
    return figures.publish("cloud_run", measure, title=title, json_file=options.json, failures={})


def days(folder: pathlib.Path) -> list[Figure]:
    """The six-step day, as processes and through Cloud Run."""
    plain = _days(folder / "process", "process")
    cloud = _days(folder / "cloud-run", "cloud-run")
    gaps = sorted(gap for day in cloud for gap in day.gaps)
    more = statistics.median(day.seconds for day in cloud) - statistics.median(day.seconds for day in plain)
    return [
        Figure.of_several(
            "the day as processes, the whole command", [day.seconds for day in plain], unit="s", aim=None
        ),
        Figure.of_several(
            "the day through Cloud Run, the whole command", [day.seconds for day in cloud], unit="s", aim=None
        ),
        Figure(name="more than as processes", value=more, unit="s", aim=15),
        Figure(
            name="a step's end to the next one's start, p95",
            value=statistics.quantiles(gaps, n=20, method="inclusive")[-1],
            unit="s",
            aim=5,
            spread=(gaps[0], gaps[-1]),
            note=f"{len(gaps)} starts",
        ),
    ]


def _days(folder: pathlib.Path, runner: str) -> list[Day]:
    """Several days, after one that unpacks images and fills the caches. Raises CalledProcessError."""
    _day(folder, runner, _FIRST)
    return [_day(folder, runner, day) for day in _OTHERS]


def _day(folder: pathlib.Path, runner: str, day: str) -> Day:
    local = str(pathlib.Path(os.environ["LOCAL"]).absolute())
    command = [local, "--out", str(folder), "--runner", runner, "--date", day]
    began = time.monotonic()
    subprocess.run(command, capture_output=True, text=True, check=True)
    return Day(seconds=time.monotonic() - began, gaps=list(_gaps(folder, day)))


def _gaps(folder: pathlib.Path, day: str) -> Iterator[float]:
    """Seconds between the end of the last step that a step needs and its own start, as the log has them."""
    nightjar = str(pathlib.Path(os.environ["ORCHESTRATOR"]).absolute())
    command = [nightjar, "status", day, "--json", "--state", str(folder)]
    (run,) = json.loads(subprocess.run(command, capture_output=True, text=True, check=True).stdout)
    release = json.loads((folder / "release.json").read_text(encoding="utf-8"))
    for step in release["pipeline"]["steps"]:
        if step["needs"]:
            ready = max(_time(run["steps"][need]["ended"]) for need in step["needs"])
            yield (_time(run["steps"][step["name"]]["started"]) - ready).total_seconds()


def _executions(folder: pathlib.Path) -> list[Figure]:
    """Executions that do nothing, as processes, some at once."""
    with _running(folder / "executions") as running, ThreadPoolExecutor(_AT_ONCE) as pool:
        began = time.monotonic()
        list(pool.map(lambda _: running.run_to_its_end(_JOB), range(_EXECUTIONS)))
        spent = time.monotonic() - began
    rate = _EXECUTIONS / spent * 60
    return [Figure(name="executions that do nothing", value=rate, unit="a minute", aim=200, better="higher")]


def _pages(folder: pathlib.Path) -> list[Figure]:
    """A page of a job that has many executions."""
    place = folder / "pages"
    _store(place)
    with emulator(place) as running:
        spent = [_seconds_to_list(running) for _ in range(_PAGES + 1)][1:]
    return [
        Figure.of_several(
            f"a page of {_STORED} stored executions", spent, unit="s", aim=0.1, note="the API's own size, 100"
        )
    ]


def _seconds_to_list(running: Emulator) -> float:
    began = time.monotonic()
    listed = running.executions(_JOB)
    assert listed  # noqa: S101  (what was stored has to be seen)
    return time.monotonic() - began


def _store(folder: pathlib.Path) -> None:
    """Executions as they are in the state of an emulator that ran them."""
    with _running(folder) as running:
        running.run_to_its_end(_JOB)
    state = State(folder / "emulator.sqlite")
    try:
        ((_, known),) = state.executions(_JOB, before=None, limit=1, now=SystemClock().now())
        with state.together():
            for number in range(_STORED - 1):
                state.add_execution(_another(known, number))
    finally:
        state.close()


def _another(known: Execution, number: int) -> Execution:
    name = f"{known.job}-{number:05}"
    return dataclasses.replace(known, name=name, uid=f"{known.uid}-{number}", created=known.created)


@contextlib.contextmanager
def _running(folder: pathlib.Path) -> Iterator[Emulator]:
    """An emulator with a job that does nothing, in this folder."""
    folder.mkdir(exist_ok=True)
    with emulator(folder) as running:
        running.create_process_job(_JOB, "/bin/true")
        yield running


def _time(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(text)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
