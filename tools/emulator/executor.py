"""Runs executions: one thread that starts attempts, waits for their ends, tries them again, and writes all of it down.

It alone changes an execution that has not ended, so there is nothing to lock but the state itself; others ask by
`submit`, `cancel` and `delete`. What it is about to do is written first, so that after its death its successor knows
what may run. As on Cloud Run a failed task stops no other, and nothing waits between two attempts.
"""

from __future__ import annotations

import enum
import os
import queue
import select
import signal
import threading

from tools.emulator.live import Live, Means
from tools.emulator.records import Kind

_GLANCE = 0.1
"""How often, in seconds, memory and output of what runs are looked at."""


class _Order(enum.Enum):
    SUBMIT = enum.auto()
    CANCEL = enum.auto()
    DELETE = enum.auto()
    STOP = enum.auto()


class Executor:
    """See the module. `capacity` is how many attempts may run at once, of all executions."""

    def __init__(self, means: Means, *, capacity: int) -> None:
        self._means = means
        self._capacity = capacity
        self._orders: queue.SimpleQueue[tuple[_Order, str]] = queue.SimpleQueue()
        self._wake = os.eventfd(0, os.EFD_NONBLOCK | os.EFD_CLOEXEC)
        self._live: dict[str, Live] = {}
        self._stopping = False
        self.failed = True
        """Whether it ended otherwise than by being told to."""
        self._thread = threading.Thread(target=self._run, name="executor")

    def start(self) -> None:
        """Go on with what has not ended, then do as asked."""
        self._thread.start()

    def submit(self, execution: str) -> None:
        """Run an execution that the state has."""
        self._order(_Order.SUBMIT, execution)

    def cancel(self, execution: str) -> None:
        """End an execution soon."""
        self._order(_Order.CANCEL, execution)

    def delete(self, execution: str) -> None:
        """End an execution soon and forget it then."""
        self._order(_Order.DELETE, execution)

    def stop(self) -> None:
        """End everything that runs, and return when nothing does."""
        self._order(_Order.STOP, "")
        self._thread.join()
        os.close(self._wake)

    def _order(self, order: _Order, execution: str) -> None:
        self._orders.put((order, execution))
        os.eventfd_write(self._wake, 1)

    def _run(self) -> None:
        try:
            self._perform()
            self.failed = False
        finally:
            if self.failed:
                # Nobody would end what runs, and clients would wait for ever: the whole process has to go.
                os.kill(os.getpid(), signal.SIGTERM)

    def _perform(self) -> None:
        self._resume()
        while not (self._stopping and not self._live):
            room = self._capacity - sum(live.running for live in self._live.values())
            for live in self._live.values():
                before = live.running
                live.fill(room)
                room -= live.running - before
            self._bury()
            self._wait()
            self._take()
            for live in self._live.values():
                live.look()
            self._bury()

    def _resume(self) -> None:
        for record in self._means.state.open_executions():
            self._live[record.name] = Live(record, self._means)
        # What was asked of an emulator that died before it could do so.
        for _, operation in self._means.state.operations(before=None, limit=1 << 30):
            if operation.kind is Kind.CANCEL:
                self._do(_Order.CANCEL, operation.execution)
            elif operation.kind is Kind.DELETE:
                self._do(_Order.DELETE, operation.execution)

    def _wait(self) -> None:
        poll = select.poll()
        poll.register(self._wake, select.POLLIN)
        running = [watch for live in self._live.values() for watch in live.watches]
        for watch in running:
            if watch is not None:
                poll.register(watch, select.POLLIN)
        poll.poll(_GLANCE * 1000 if running else None)

    def _take(self) -> None:
        try:
            os.eventfd_read(self._wake)
        except BlockingIOError:
            return
        while not self._orders.empty():
            self._do(*self._orders.get())

    def _do(self, order: _Order, name: str) -> None:
        live = self._live.get(name)
        match order:
            case _Order.SUBMIT:
                record = self._means.state.execution(name)
                if record is not None and not record.ended and live is None:
                    self._live[name] = Live(record, self._means)
            case _Order.CANCEL if live is not None:
                live.cancel()
            case _Order.DELETE if live is not None:
                live.delete()
            case _Order.DELETE:
                self._forget(name)
            case _Order.STOP:
                self._stopping = True
                for each in self._live.values():
                    each.cancel()

    def _bury(self) -> None:
        """Let go of executions that have ended."""
        for name in [name for name, live in self._live.items() if live.record.ended]:
            live = self._live.pop(name)
            if live.record.deleting:
                self._forget(name)

    def _forget(self, name: str) -> None:
        self._means.state.delete_execution(name, self._means.clock.now())
        self._means.attempts.forget(name)
