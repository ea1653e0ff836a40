"""What an orchestrator takes while many steps run and nothing happens: a program of its own, so that its memory counts.

`python -m bench.idle FOLDER STEPS SECONDS` prints {"cpu": share of one core, "rss": bytes at most}.
"""

from __future__ import annotations

import json
import os
import resource
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from bench.days import layers
from bench.instrument import Instrument, Never
from orchestrator.clock import SystemClock
from orchestrator.display.lines import TextLines
from orchestrator.engine.engine import World
from orchestrator.engine.trigger import Order, trigger
from orchestrator.ports import Execution, Observation
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build


@dataclass(slots=True, kw_only=True)
class _Watched(Instrument):
    """Counts the processor's time from the first wait with every step running, and then asks for a stop."""

    stop: Never
    seconds: float
    began: float = 0.0
    used: float = 0.0

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        now = time.monotonic()
        if not self.began:
            self.began, self.used = now, time.process_time()
        elif now >= self.began + self.seconds:
            self.used, self.began = time.process_time() - self.used, now - self.began
            self.stop.reason = "it was measured"
            return ()
        return Instrument.observe(self, executions, patience=patience)


def main(folder: str, steps: str, seconds: str) -> None:
    """Start the steps, watch them, print."""
    clock, stop = SystemClock(), Never()
    runner = _Watched(clock, stop, endless=True, stop=stop, seconds=float(seconds))
    pipeline = layers(int(steps), width=int(steps), parallelism=int(steps))
    with Path(os.devnull).open("w", encoding="utf-8") as nobody:
        world = World(
            store=SqliteStore(Path(folder, "runs.sqlite")),
            runner=runner,
            clock=clock,
            interrupt=stop,
            driver="bench",
            subscribers=[TextLines(nobody)],
        )
        trigger(world, Order(release=build.release(pipeline), logical_date=build.DAY, storage="nowhere"))
        world.store.close()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
    print(json.dumps({"cpu": runner.used / runner.began, "rss": peak}))


if __name__ == "__main__":
    main(*sys.argv[1:])
