"""The service google.longrunning.Operations: whether one is done follows from what it is about, and is not stored.

As on Cloud Run an operation cannot be cancelled: cancel the execution.
"""

from __future__ import annotations

import time
import uuid
from dataclasses import dataclass

from orchestrator.ports import Clock
from tools.emulator import messages, pages, wire
from tools.emulator.errors import not_found
from tools.emulator.names import Place
from tools.emulator.records import Kind, Operation
from tools.emulator.state import State
from tools.emulator.wire import Message

_LONGEST_WAIT = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Operations:
    """Each public method but `new` is one of the service's."""

    place: Place
    state: State
    clock: Clock

    def new(self, kind: Kind, about: Message, *, execution: str = "", dry: bool = False) -> Message:
        """Write a new operation; one that is only validated is done at once and not kept."""
        number = self.state.number_of("operations") + 1
        now = self.clock.now()
        record = Operation(
            name=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.place.parent} {number} {now}")),
            kind=Kind.JOB if dry else kind,
            execution=execution,
            body=wire.boxed(about).SerializeToString(),
            created=now,
        )
        if not dry:
            self.state.add_operation(record)
        return self._message(record)

    def get(self, request: Message) -> Message:
        """GetOperation."""
        return self._message(self._operation(request.name))

    def find(self, request: Message) -> Message:
        """ListOperations."""
        self.place.check_parent(request.name)
        most = pages.size(request)
        found = self.state.operations(before=pages.number_after(request), limit=most + 1)
        page, token = pages.cut(found, most, lambda each: each[0])
        operations = [self._message(operation) for _, operation in page]
        return wire.ListOperationsResponse(operations=operations, next_page_token=token)

    def wait(self, request: Message) -> Message:
        """WaitOperation."""
        timeout = wire.seconds(request.timeout).total_seconds() if request.HasField("timeout") else _LONGEST_WAIT
        deadline = time.monotonic() + min(timeout, _LONGEST_WAIT)
        while True:
            message = self.get(request)
            remaining = deadline - time.monotonic()
            if message.done or remaining <= 0:
                return message
            self.state.waited(remaining)

    def delete(self, request: Message) -> Message:
        """DeleteOperation; what it is about goes on."""
        self.state.delete_operation(self._operation(request.name).name)
        return wire.Empty()

    def _operation(self, name: str) -> Operation:
        record = self.state.operation(self.place.read_operation(name))
        if record is None:
            raise not_found("Operation", name)
        return record

    def _message(self, record: Operation) -> Message:
        about = self.state.execution(record.execution) if record.execution and record.kind is not Kind.JOB else None
        return messages.operation(record, self.place, about=about)
