"""What the emulator knows, in one SQLite file, so that it survives its own death.

One connection, one call at a time; a call is one transaction, so whoever reads sees all of a change or nothing. It
must never parse a message: rows have what lists and the executor ask for, messages are made by `messages`. `waited`
lets a caller wait for the next change instead of asking again and again.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import functools
import sqlite3
import threading
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from tools.emulator.records import Ending, Execution, Job, Kind, Operation, Result, Task, TaskState

_MICROSECOND = timedelta(microseconds=1)
_EPOCH = datetime(1970, 1, 1, tzinfo=dt.UTC)
_END = 1 << 62


class State:
    """See the module. Every method can be called by any thread."""

    def __init__(self, path: Path) -> None:
        self._changed = threading.Condition(threading.RLock())
        self._connection = sqlite3.connect(path, check_same_thread=False, isolation_level=None)
        self._connection.row_factory = sqlite3.Row
        # Written data survive the death of this process; that of the machine ends all tasks as well.
        for pragma in ("journal_mode = WAL", "synchronous = OFF", "foreign_keys = ON"):
            self._connection.execute(f"PRAGMA {pragma}")
        self._connection.executescript(_query("schema"))

    def close(self) -> None:
        """Let go of the file."""
        with self._changed:
            self._connection.close()

    @contextmanager
    def together(self) -> Iterator[None]:
        """Several calls as one transaction, which nobody else comes between."""
        with self._changed:
            if self._connection.in_transaction:
                yield
                return
            self._connection.execute("BEGIN IMMEDIATE")
            try:
                yield
            except BaseException:
                self._connection.execute("ROLLBACK")
                raise
            self._connection.execute("COMMIT")
            self._changed.notify_all()

    def waited(self, seconds: float) -> None:
        """Return after the next change, or after this time."""
        with self._changed:
            self._changed.wait(seconds)

    def job(self, name: str) -> Job | None:
        """One job."""
        row = self._one("select_job", name=name)
        return None if row is None else Job(**_read(Job, row))

    def jobs(self, *, after: str, limit: int) -> list[Job]:
        """Jobs by name, after this one."""
        return [Job(**_read(Job, row)) for row in self._all("select_jobs", after=after, limit=limit)]

    def put_job(self, job: Job) -> None:
        """Write a job, new or not."""
        self._write("put_job", _row(job))

    def delete_job(self, name: str) -> None:
        """Forget a job; its executions are somebody else's matter."""
        self._write("delete_job", {"name": name})

    def number_of(self, table: str) -> int:
        """How many executions or operations there ever were."""
        row = self._one("select_sequence", name=table)
        return 0 if row is None else int(row[0])

    def add_execution(self, execution: Execution) -> None:
        """Write a new execution and its tasks."""
        with self.together():
            self._write("insert_execution", _row(execution))
            tasks = ({"execution": execution.name, "index": index} for index in range(execution.tasks))
            self._connection.executemany(_query("insert_task"), tasks)

    def execution(self, name: str) -> Execution | None:
        """One execution, whether clients see it or not."""
        row = self._one("select_execution", name=name)
        return None if row is None else _execution(row)

    def executions(
        self, job: str | None, *, before: int | None, limit: int, now: datetime, deleted: bool = False
    ) -> list[tuple[int, Execution]]:
        """Executions that clients see, on demand also deleted ones, the newest first, each with its place."""
        name = "select_executions" if job is None else "select_executions_of_job"
        rows = self._all(name, job=job, before=before or _END, limit=limit, now=_number(now), deleted=deleted)
        return [(row["seq"], _execution(row)) for row in rows]

    def open_executions(self) -> list[Execution]:
        """Executions that have not ended, the oldest first."""
        return [_execution(row) for row in self._all("select_open_executions")]

    def latest_execution(self, job: str) -> tuple[int, Execution | None]:
        """How many executions a job has, and the newest."""
        with self._changed:
            count = self._one("count_executions", job=job)
            row = self._one("select_latest_execution", job=job)
        return 0 if count is None else int(count[0]), None if row is None else _execution(row)

    def update_execution(self, execution: Execution) -> None:
        """Write what changes in an execution."""
        self._write("update_execution", _row(execution))

    def delete_execution(self, name: str, now: datetime) -> None:
        """Forget an execution and its tasks, but that it was there."""
        with self.together():
            self._write("delete_tasks", {"name": name})
            self._write("delete_execution", {"name": name, "now": _number(now)})

    def tasks(self, execution: str, *, after: int = -1, limit: int = _END) -> list[Task]:
        """Tasks by index, after this one."""
        rows = self._all("select_tasks", execution=execution, after=after, limit=limit)
        return [_task(row) for row in rows]

    def task(self, execution: str, index: int) -> Task | None:
        """One task."""
        row = self._one("select_task", execution=execution, index=index)
        return None if row is None else _task(row)

    def update_task(self, task: Task) -> None:
        """Write what changes in a task."""
        row = _row(task)
        result = row.pop("result")
        end = {"ending": None, "code": None, "detail": None} if result is None else _row(result)
        self._write("update_task", {**row, **end})

    def cancel_pending_tasks(self, execution: str, now: datetime) -> None:
        """No task of the execution that has not begun will."""
        self._write("cancel_pending_tasks", {"execution": execution, "now": _number(now)})

    def add_operation(self, operation: Operation) -> None:
        """Write a new operation."""
        self._write("insert_operation", _row(operation))

    def operation(self, name: str) -> Operation | None:
        """One operation."""
        row = self._one("select_operation", name=name)
        return None if row is None else _operation(row)

    def operations(self, *, before: int | None, limit: int) -> list[tuple[int, Operation]]:
        """Operations, the newest first, each with its place in the order."""
        rows = self._all("select_operations", before=before or _END, limit=limit)
        return [(row["seq"], _operation(row)) for row in rows]

    def delete_operation(self, name: str) -> None:
        """Forget an operation; what it is about goes on."""
        self._write("delete_operation", {"name": name})

    def _one(self, query: str, /, **parameters: object) -> sqlite3.Row | None:
        with self._changed:
            row: sqlite3.Row | None = self._connection.execute(_query(query), parameters).fetchone()
            return row

    def _all(self, query: str, /, **parameters: object) -> Sequence[sqlite3.Row]:
        with self._changed:
            return self._connection.execute(_query(query), parameters).fetchall()

    def _write(self, query: str, parameters: Mapping[str, object]) -> None:
        with self.together():
            self._connection.execute(_query(query), parameters)


@functools.cache
def _query(name: str) -> str:
    return (Path(__file__).parent / "sql" / f"{name}.sql").read_text(encoding="utf-8")


def _number(time: datetime) -> int:
    return (time - _EPOCH) // _MICROSECOND


def _time(number: int) -> datetime:
    return _EPOCH + number * _MICROSECOND


def _row(record: Any) -> dict[str, Any]:
    """A record's fields as SQLite takes them."""
    values = {field.name: getattr(record, field.name) for field in dataclasses.fields(record)}
    return {name: _number(value) if isinstance(value, datetime) else value for name, value in values.items()}


_TIMES = frozenset({"created", "updated", "seen_from", "started", "completed", "deleted"})


def _read(record: type, row: sqlite3.Row) -> dict[str, Any]:
    """A row's columns as the record's fields, but for those of another type."""
    names = [field.name for field in dataclasses.fields(record) if field.name != "result"]
    values = {name: row[name] for name in names}
    return {name: _time(each) if name in _TIMES and each is not None else each for name, each in values.items()}


def _execution(row: sqlite3.Row) -> Execution:
    values = _read(Execution, row)
    ending = None if values["ending"] is None else Ending(values["ending"])
    flags = {name: bool(values[name]) for name in ("cancelling", "deleting")}
    return Execution(**{**values, **flags, "ending": ending})


def _task(row: sqlite3.Row) -> Task:
    values = _read(Task, row)
    ended = row["ending"] is not None
    result = Result(ending=Ending(row["ending"]), code=row["code"], detail=row["detail"]) if ended else None
    return Task(**{**values, "state": TaskState(values["state"])}, result=result)


def _operation(row: sqlite3.Row) -> Operation:
    values = _read(Operation, row)
    return Operation(**{**values, "kind": Kind(values["kind"])})
