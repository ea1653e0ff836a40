"""Threads that make the calls, so that no answer that fails to come can hold up the engine's one loop.

They are daemons: a call that hangs must not keep a process that was told to stop. Whoever waits is woken by the end of
any call and by a request to stop, never by the clock alone.
"""

from __future__ import annotations

import contextlib
import os
import queue
import select
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from orchestrator.core.errors import Unavailable
from orchestrator.ports import Interrupt

_LAST_SECONDS = 4.0
"""How long an answer is still waited for when a stop was requested: most come, and are worth recording."""


class Crew:
    """So many calls at once, for one thread that waits."""

    def __init__(self, size: int, interrupt: Interrupt) -> None:
        self._interrupt = interrupt
        self._work: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._lock = threading.Lock()
        self._size = size
        self._closed = False
        for number in range(size):
            threading.Thread(target=self._toil, name=f"cloud-run-{number}", daemon=True).start()

    def submit[T](self, call: Callable[[], T]) -> Future[T]:
        """Make a call; its end wakes whoever waits."""
        future: Future[T] = Future()

        def make() -> None:
            try:
                future.set_result(call())
            except BaseException as error:  # noqa: BLE001  (whoever asks for the result gets it)
                future.set_exception(error)
            self._tell()

        self._work.put(make)
        return future

    def ask[T](self, call: Callable[[], T]) -> T:
        """The answer to a call. Raises Unavailable if a stop is requested and it does not come soon."""
        return self.answer(self.submit(call))

    def answer[T](self, future: Future[T]) -> T:
        """The answer to a call that is being made."""
        give_up = None
        while not future.done():
            now = time.monotonic()
            if self._interrupt.reason:
                give_up = give_up or now + _LAST_SECONDS
                if now >= give_up:
                    raise Unavailable(f"{self._interrupt.reason} came while Cloud Run did not answer")
            self._poll(None if give_up is None else give_up - now, stoppable=give_up is None)
        return future.result()

    def pause(self, seconds: float) -> None:
        """Wait. Raises Unavailable when a stop is requested."""
        until = time.monotonic() + seconds
        while (left := until - time.monotonic()) > 0:
            if self._interrupt.reason:
                raise Unavailable(f"{self._interrupt.reason} came while nightjar waited for Cloud Run")
            self._poll(left, stoppable=True)

    def wait(self, seconds: float) -> None:
        """Return when a call has ended, a stop is requested, or the time is over."""
        self._poll(seconds, stoppable=True)

    def close(self) -> None:
        """Let the threads go when their calls have ended."""
        for _ in range(self._size):
            self._work.put(None)
        with self._lock:
            self._closed = True
            os.close(self._wake)

    def _toil(self) -> None:
        while (make := self._work.get()) is not None:
            make()

    def _tell(self) -> None:
        with self._lock:
            if not self._closed:
                os.eventfd_write(self._wake, 1)

    def _poll(self, seconds: float | None, *, stoppable: bool) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        if stoppable and (descriptor := self._interrupt.fileno()) >= 0:
            poll.register(descriptor, select.POLLIN)
        poll.poll(None if seconds is None else max(seconds, 0.0) * 1000)
        with contextlib.suppress(BlockingIOError):
            os.eventfd_read(self._wake)
