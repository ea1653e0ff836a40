"""One execution while it lives: its tasks wait, run, are tried again, and end. Used by the `executor`'s thread alone.

Each change is written before anybody can see it. An attempt that nobody knows the end of is told as lost, never as
running.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, replace
from datetime import datetime

from orchestrator.ports import Clock
from tools.emulator import conditions, wire
from tools.emulator.attempts import Attempts, Ended, Handle, NotStarted
from tools.emulator.hazards import Hazards
from tools.emulator.logs import Logs, Tail
from tools.emulator.programs import Shard, memory_limit
from tools.emulator.records import Ending, Execution, Result, Task, TaskState
from tools.emulator.script import Script
from tools.emulator.state import State


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What an execution needs to live."""

    state: State
    attempts: Attempts
    clock: Clock
    script: Script
    logs: Logs


@dataclass(frozen=True, slots=True, kw_only=True)
class _Running:
    task: Task
    handle: Handle
    tails: tuple[Tail, ...]
    hazards: Hazards


class Live:
    """See the module."""

    def __init__(self, record: Execution, means: Means) -> None:
        self.record = record
        self._means = means
        self._template = wire.ExecutionTemplate.FromString(record.template).template
        self._limit = memory_limit(self._template)
        self._running: dict[int, _Running] = {}
        self._waiting: deque[Task] = deque()
        for task in means.state.tasks(record.name):
            if task.state is TaskState.RUNNING:
                self._adopt(task)
            elif task.state is TaskState.PENDING:
                self._waiting.append(task)

    @property
    def running(self) -> int:
        """How many attempts run."""
        return len(self._running)

    @property
    def watches(self) -> list[int | None]:
        """Descriptors that become readable when an attempt has ended; None for one that cannot be watched."""
        return [each.handle.supervisor.watch for each in self._running.values()]

    def fill(self, room: int) -> None:
        """Start as many attempts as there is room for."""
        while self._waiting and room > 0 and len(self._running) < self._parallelism() and not self.record.cancelling:
            self._start(self._waiting.popleft())
            room -= 1
        self._end_if_done()

    def look(self) -> None:
        """Tell what was said, do what is due, and notice what has ended."""
        for running in tuple(self._running.values()):
            running.hazards.look(self._means.attempts, running.handle)
            ended = self._means.attempts.ended(running.handle)
            self._means.logs.forward(running.tails, last=ended is not None)
            if ended is not None:
                self._ended(running, ended)
        self._end_if_done()

    def cancel(self) -> None:
        """Start nothing more and end what runs."""
        if self.record.ended or self.record.cancelling:
            return
        now = self._now()
        waiting, self._waiting = len(self._waiting), deque()
        with self._means.state.together():
            self._means.state.cancel_pending_tasks(self.record.name, now)
            self._write(cancelling=True, cancelled=self.record.cancelled + waiting)
        for running in self._running.values():
            self._means.attempts.terminate(running.handle)
        self._end_if_done()

    def delete(self) -> None:
        """The same, for an execution that is to be forgotten then."""
        self._write(deleting=True)
        self.cancel()

    def _parallelism(self) -> int:
        return self.record.parallelism or self.record.tasks

    def _adopt(self, task: Task) -> None:
        """Go on with what an emulator that died had started, or had been about to start."""
        handle = self._means.attempts.find(self._shard(task))
        if handle is None:
            self._waiting.appendleft(task)
        else:
            self._run(task, handle, Hazards((), self._limit))
            if self.record.cancelling:
                self._means.attempts.terminate(handle)

    def _start(self, task: Task) -> None:
        now = self._now()
        begun = replace(task, state=TaskState.RUNNING, started=now, completed=None)
        with self._means.state.together():
            self._means.state.update_task(begun)
            self._write(started=self.record.started, running=len(self._running) + 1)
        faults = self._means.script.attempt(self.record.job)
        hazards = Hazards(faults, self._limit)
        try:
            hazards.forbid(self._template.containers[0].image)
            handle = self._means.attempts.start(self._shard(task), self._template)
        except NotStarted as err:
            self._means.logs.system(self._shard(task), "ERROR", err.result.detail)
            self._settle(begun, err.result, now)
            return
        if self.record.started is None:
            self._write(started=now)
        self._run(begun, handle, hazards)

    def _run(self, task: Task, handle: Handle, hazards: Hazards) -> None:
        tails = self._means.logs.tails(handle.shard, handle.directory)
        self._running[task.index] = _Running(task=task, handle=handle, tails=tails, hazards=hazards)

    def _ended(self, running: _Running, ended: Ended) -> None:
        del self._running[running.task.index]
        result = running.hazards.judge(ended.result)
        if result.ending not in {Ending.SUCCESS, Ending.CANCELLED}:
            words = conditions.words(result.ending, result.detail)
            self._means.logs.system(running.handle.shard, "ERROR", words)
        self._settle(running.task, result, ended.at or self._now())

    def _settle(self, task: Task, result: Result, at: datetime) -> None:
        """An attempt is over: the task is tried again, or has ended."""
        most = self._template.max_retries
        failed = result.ending not in {Ending.SUCCESS, Ending.CANCELLED}
        if failed and task.attempt < most and not self.record.cancelling:
            again = replace(task, state=TaskState.PENDING, attempt=task.attempt + 1, result=result)
            self._waiting.appendleft(again)
            with self._means.state.together():
                self._means.state.update_task(again)
                retried = self.record.retried + (1 if task.attempt == 0 else 0)
                self._write(retried=retried, running=len(self._running))
            return
        ended = replace(task, state=_state_after(result), completed=at, result=result)
        with self._means.state.together():
            self._means.state.update_task(ended)
            self._count(ended)

    def _count(self, task: Task) -> None:
        record = self.record
        changes: dict[str, object] = {
            "running": len(self._running),
            task.state: getattr(record, task.state) + 1,
        }
        if task.state is TaskState.FAILED and task.result is not None and record.ending is None:
            words = conditions.words(task.result.ending, task.result.detail)
            changes["ending"] = task.result.ending
            changes["message"] = f"Task {record.name}-task{task.index} failed with message: {words}"
        self._write(**changes)

    def _end_if_done(self) -> None:
        if self.record.ended or self._running or self._waiting:
            return
        if self.record.cancelled:
            self._write(completed=self._now(), ending=Ending.CANCELLED, message="Execution was cancelled by user.")
        else:
            self._write(completed=self._now())

    def _write(self, **changes: object) -> None:
        self.record = replace(self.record, **changes)  # type: ignore[arg-type]  # Fields of the record, by name.
        self._means.state.update_execution(self.record)

    def _shard(self, task: Task) -> Shard:
        record = self.record
        return Shard(job=record.job, execution=record.name, index=task.index, attempt=task.attempt, count=record.tasks)

    def _now(self) -> datetime:
        return self._means.clock.now()


def _state_after(result: Result) -> TaskState:
    match result.ending:
        case Ending.SUCCESS:
            return TaskState.SUCCEEDED
        case Ending.CANCELLED:
            return TaskState.CANCELLED
        case _:
            return TaskState.FAILED
