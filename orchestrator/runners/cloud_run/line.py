"""The line to Cloud Run: client, threads, brake and retry in one hand. Everything else of this folder calls through it.

A call is made by a thread of the crew. Whether the engine's thread waits for it (`ask`) or looks at it later (`submit`)
the caller says; only a thread of the crew may use `persist`, because it sleeps.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable
from concurrent.futures import Future

from orchestrator.ports import Interrupt
from orchestrator.runners.cloud_run import calls
from orchestrator.runners.cloud_run.api import Api
from orchestrator.runners.cloud_run.calls import CallFailed, Kind
from orchestrator.runners.cloud_run.crew import Crew
from orchestrator.runners.cloud_run.limits import Brake

_THREADS = 8


class Line:
    """One client, made in the background, and the crew that calls by it."""

    def __init__(self, connect: Callable[[], Api], interrupt: Interrupt) -> None:
        self.crew = Crew(_THREADS, interrupt)
        self._client = self.crew.submit(connect)
        self._brake = Brake()
        self._lock = threading.Lock()

    def ask[T](self, call: Callable[[Api], T]) -> T:
        """Make an idempotent call, again and again for seconds, and wait for it."""
        return self.crew.ask(lambda: self.persist(call))

    def submit[T](self, call: Callable[[Api], T]) -> Future[T]:
        """Make a call without waiting for it."""
        return self.crew.submit(lambda: self.once(call))

    def once[T](self, call: Callable[[Api], T]) -> T:
        """Make a call once. Blocks its thread."""
        client = self._client.result()
        try:
            answer = call(client)
        except CallFailed as err:
            if err.kind is Kind.BUSY:
                with self._lock:
                    self._brake.pull(time.monotonic())
            raise
        with self._lock:
            self._brake.ease(time.monotonic())
        return answer

    def persist[T](self, call: Callable[[Api], T]) -> T:
        """Make an idempotent call, again and again for seconds. Blocks its thread."""

        def gently() -> T:
            time.sleep(self.braked())
            return self.once(call)

        return calls.persist(gently)

    def braked(self) -> float:
        """For how many seconds nobody should call."""
        with self._lock:
            return self._brake.wait(time.monotonic())

    def close(self) -> None:
        """Hang up, if the line was ever there."""
        self.crew.close()
        if self._client.done() and self._client.exception() is None:
            with contextlib.suppress(CallFailed):
                self._client.result().close()
