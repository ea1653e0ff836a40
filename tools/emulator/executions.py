"""The services google.cloud.run.v2.Executions and Tasks: what runs and ran, read, ended, and forgotten."""

from __future__ import annotations

import secrets
import uuid
from dataclasses import dataclass
from datetime import timedelta
from typing import Final, Protocol

from orchestrator.ports import Clock
from tools.emulator import messages, pages, wire
from tools.emulator.errors import ApiError, Code, not_found
from tools.emulator.names import Place
from tools.emulator.operations import Operations
from tools.emulator.records import Execution, Kind
from tools.emulator.state import State
from tools.emulator.wire import Message

_EVERY: Final = "-"
"""Stands for any job, or any execution, in the parent of a list."""
_LETTERS: Final = "bcdfghjklmnpqrstvwxz2456789"
_SUFFIX: Final = 5


class Performer(Protocol):
    """Whoever makes executions happen; see `executor`. Each method returns at once."""

    def submit(self, execution: str) -> None:
        """Run it."""

    def cancel(self, execution: str) -> None:
        """End it."""

    def delete(self, execution: str) -> None:
        """End it and forget it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Executions:
    """Each public method but `new` and `delete_all` is one of a service's."""

    place: Place
    state: State
    clock: Clock
    operations: Operations
    performer: Performer

    def new(self, job: str, template: Message, *, hidden: float, dry: bool) -> Execution:
        """Write a new execution of a job and let it be performed. Within a transaction."""
        now = self.clock.now()
        name = self._name(job)
        execution = Execution(
            name=name,
            job=job,
            uid=str(uuid.uuid5(uuid.NAMESPACE_OID, f"{self.place.execution(job, name)} {now}")),
            template=template.SerializeToString(),
            tasks=template.task_count,
            parallelism=template.parallelism,
            created=now,
            seen_from=now + timedelta(seconds=hidden),
        )
        if not dry:
            self.state.add_execution(execution)
            self.performer.submit(name)
        return execution

    def delete_all(self, job: str) -> None:
        """Forget all executions of a job."""
        everything = self.clock.now() + timedelta(days=366)
        for _, execution in self.state.executions(job, before=None, limit=1 << 30, now=everything):
            self.performer.delete(execution.name)

    def get(self, request: Message) -> Message:
        """GetExecution."""
        return messages.execution(self._execution(*self.place.read_execution(request.name)), self.place)

    def find(self, request: Message) -> Message:
        """ListExecutions; `jobs/-` has those of every job."""
        job = self.place.read_job(request.parent, field="parent")
        if job != _EVERY and self.state.job(job) is None:
            raise not_found("Resource", request.parent)
        most = pages.size(request)
        found = self.state.executions(
            None if job == _EVERY else job,
            before=pages.number_after(request),
            limit=most + 1,
            now=self.clock.now(),
            deleted=request.show_deleted,
        )
        page, token = pages.cut(found, most, lambda each: each[0])
        executions = [messages.execution(execution, self.place) for _, execution in page]
        return wire.ListExecutionsResponse(executions=executions, next_page_token=token)

    def cancel(self, request: Message) -> Message:
        """CancelExecution."""
        execution = self._checked(request)
        if execution.ended:
            raise ApiError(
                Code.FAILED_PRECONDITION, f"The execution '{request.name}' has ended and cannot be cancelled."
            )
        return self._end(request, execution, Kind.CANCEL)

    def delete(self, request: Message) -> Message:
        """DeleteExecution; ends it first."""
        return self._end(request, self._checked(request), Kind.DELETE)

    def get_task(self, request: Message) -> Message:
        """GetTask."""
        job, name, index = self.place.read_task(request.name)
        execution = self._execution(job, name)
        task = self.state.task(name, index)
        if task is None:
            raise not_found("Resource", request.name)
        return messages.task(task, execution, self.place)

    def list_tasks(self, request: Message) -> Message:
        """ListTasks."""
        execution = self._execution(*self.place.read_execution(request.parent, field="parent"))
        most = pages.size(request)
        after = pages.number_after(request)
        found = self.state.tasks(execution.name, after=-1 if after is None else after, limit=most + 1)
        page, token = pages.cut(found, most, lambda task: task.index)
        tasks = [messages.task(task, execution, self.place) for task in page]
        return wire.ListTasksResponse(tasks=tasks, next_page_token=token)

    def _end(self, request: Message, execution: Execution, kind: Kind) -> Message:
        message = messages.execution(execution, self.place)
        with self.state.together():
            operation = self.operations.new(kind, message, execution=execution.name, dry=request.validate_only)
        if not request.validate_only:
            order = self.performer.cancel if kind is Kind.CANCEL else self.performer.delete
            order(execution.name)
        return operation

    def _checked(self, request: Message) -> Execution:
        execution = self._execution(*self.place.read_execution(request.name))
        etag = messages.execution(execution, self.place).etag
        if request.etag not in {"", etag}:
            raise ApiError(
                Code.ABORTED,
                f"Conflict for resource '{request.name}': version '{request.etag}' was specified but current "
                f"version is '{etag}'.",
            )
        return execution

    def _execution(self, job: str, name: str) -> Execution:
        execution = self.state.execution(name)
        if execution is None or execution.job != job or execution.seen_from > self.clock.now():
            raise not_found("Resource", self.place.execution(job, name))
        return execution

    def _name(self, job: str) -> str:
        """A name that no execution has, nor had in another place: the job's, and letters by chance."""
        while True:
            name = f"{job}-{''.join(secrets.choice(_LETTERS) for _ in range(_SUFFIX))}"
            if self.state.execution(name) is None:
                return name
