"""Runs of a proof, a few at a time."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor, as_completed


def as_they_end[T](run: Callable[[int], T], times: int, *, at_once: int) -> Iterator[T]:
    """What each run says, by its number from 0 on, in the order of their ends; who stops listening starts no other."""
    pool = ThreadPoolExecutor(at_once)
    try:
        for future in as_completed([pool.submit(run, number) for number in range(times)]):
            yield future.result()
    finally:
        pool.shutdown(cancel_futures=True)
