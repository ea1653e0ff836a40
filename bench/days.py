"""Whole days with steps that do nothing: what the engine and its stores add to the work of a pipeline.

The loop, the log and the lines that it prints are those of `nightjar run`; only the runner is an instrument.
"""

from __future__ import annotations

import os
import time
from datetime import date, timedelta
from pathlib import Path

from bench.instrument import Instrument, Never
from orchestrator.clock import SystemClock
from orchestrator.core import plan
from orchestrator.core.events import Outcome
from orchestrator.core.model import Pipeline
from orchestrator.core.states import fold
from orchestrator.display.lines import TextLines
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Driven, Order, trigger
from orchestrator.ports import Store
from orchestrator.testing import build
from orchestrator.testing.fakes import BEGIN

_NEEDS = 3
_PAGE = 4096


def chain(steps: int) -> Pipeline:
    """Each step needs the one before."""
    return build.pipeline(*(build.step(f"s{n}", [f"s{n - 1}"] if n else []) for n in range(steps)))


def layers(steps: int, *, width: int, parallelism: int) -> Pipeline:
    """Each step needs a few of the layer before."""
    made = []
    for n in range(steps):
        layer, place = divmod(n, width)
        needs = [f"s{(layer - 1) * width + (place + k) % width}" for k in range(_NEEDS)] if layer else []
        made.append(build.step(f"s{n}", needs))
    return build.pipeline(*made, parallelism=parallelism, deadline=timedelta(days=1))


def seconds_a_step(store: Store, pipeline: Pipeline, day: date) -> float:
    """Trigger a day that the store does not know, and drive it to its end."""
    clock, interrupt = SystemClock(), Never()
    with Path(os.devnull).open("w", encoding="utf-8") as nobody:
        world = World(
            store=store,
            runner=Instrument(clock, interrupt),
            clock=clock,
            interrupt=interrupt,
            driver="bench",
            subscribers=[TextLines(nobody)],
        )
        order = Order(release=build.release(pipeline), logical_date=day, storage="nowhere")
        before = time.perf_counter()
        answer = trigger(world, order)
        spent = time.perf_counter() - before
    if not isinstance(answer, Driven) or answer.view.outcome is not Outcome.SUCCEEDED:
        raise RuntimeError(f"the day did not succeed: {answer}")
    return spent / len(pipeline.steps)


def seconds_to_sync(folder: Path, *, longer: bool) -> float:
    """One small write that outlives a power cut, and whether it makes its file longer: the floor of a disk."""
    path = folder / "synced"
    path.touch()
    with path.open("ab" if longer else "r+b") as file:
        before = time.perf_counter()
        file.write(b"." * _PAGE)
        file.flush()
        os.fdatasync(file.fileno())
        return time.perf_counter() - before


def seconds_to_decide(pipeline: Pipeline) -> float:
    """One decision on a run at its beginning, when every step is still to be done."""
    view = fold(build.log(pipeline))
    before = time.perf_counter()
    actions = plan.decide(pipeline, view, BEGIN)
    spent = time.perf_counter() - before
    if not actions:
        raise RuntimeError("nothing was decided")
    return spent
