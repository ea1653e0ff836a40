"""Several logical dates one after another or side by side, each driven as if alone.

What is done for a day is the caller's; here is which day is next, and that a stop request starts no further one.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from datetime import date

from orchestrator.ports import Interrupt


def each_day[T](
    days: Sequence[date], do: Callable[[date], T], *, parallel: int, interrupt: Interrupt
) -> Iterator[tuple[date, T]]:
    """Do every day, in order and at most so many at once; each day with what came of it, as it ends.

    The first error ends it: no further day is begun, those that were are waited for, then it is raised.
    """
    waiting = iter(days)
    running: dict[Future[T], date] = {}
    with ThreadPoolExecutor(parallel, thread_name_prefix="day") as pool:
        while True:
            while len(running) < parallel and not interrupt.reason and (day := next(waiting, None)) is not None:
                running[pool.submit(do, day)] = day
            if not running:
                return
            ended, _ = wait(running, return_when=FIRST_COMPLETED)
            for future in sorted(ended, key=running.__getitem__):
                yield running.pop(future), future.result()
