from __future__ import annotations

import datetime as dt
import threading
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tools.emulator.records import Ending, Execution, Job, Kind, Operation, Result, Task, TaskState
from tools.emulator.state import State

NOW = datetime(2026, 2, 3, 4, 5, 6, 789, tzinfo=dt.UTC)
JOB = Job(name="toy", uid="u", body=b"x", generation=1, created=NOW, updated=NOW)
EXECUTION = Execution(
    name="toy-a", job="toy", uid="u", template=b"t", tasks=3, parallelism=2, created=NOW, seen_from=NOW
)


@pytest.fixture
def state(tmp_path: Path) -> Iterator[State]:
    """An empty state."""
    made = State(tmp_path / "state.sqlite")
    yield made
    made.close()


def test_what_is_written_is_read(state: State, tmp_path: Path) -> None:
    """Every field, also by another connection."""
    later = NOW + timedelta(seconds=1)
    changed = replace(
        EXECUTION, started=NOW, completed=later, cancelling=True, failed=1, ending=Ending.EXIT, message="m"
    )
    task = Task(
        execution="toy-a", index=1, state=TaskState.FAILED, attempt=2, started=NOW, completed=later,
        result=Result(ending=Ending.SIGNAL, code=-9, detail="d"),
    )  # fmt: skip
    operation = Operation(name="o", kind=Kind.RUN, execution="toy-a", body=b"b", created=NOW)
    state.put_job(JOB)
    state.add_execution(EXECUTION)
    state.update_execution(changed)
    state.update_task(task)
    state.add_operation(operation)
    other = State(tmp_path / "state.sqlite")
    assert (other.job("toy"), other.execution("toy-a"), other.operation("o")) == (JOB, changed, operation)
    assert other.task("toy-a", 1) == task
    assert [each.state for each in other.tasks("toy-a")] == ["pending", "failed", "pending"]
    assert other.latest_execution("toy") == (1, changed)
    other.close()


def test_a_deleted_execution_takes_its_tasks_along(state: State) -> None:
    """And its number is not given again."""
    state.add_execution(EXECUTION)
    state.delete_execution("toy-a", NOW)
    assert (state.execution("toy-a"), state.tasks("toy-a"), state.number_of("executions")) == (None, [], 1)


def test_what_is_hidden_is_in_no_list(state: State) -> None:
    """Until its time has come."""
    state.add_execution(replace(EXECUTION, seen_from=NOW + timedelta(seconds=1)))
    for job in (None, "toy"):
        assert state.executions(job, before=None, limit=9, now=NOW) == []
        assert len(state.executions(job, before=None, limit=9, now=NOW + timedelta(seconds=1))) == 1


def test_several_calls_are_one_change(state: State) -> None:
    """All of them, or none."""

    def fail() -> None:
        with state.together():
            state.put_job(JOB)
            state.add_execution(EXECUTION)
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        fail()
    assert (state.job("toy"), state.execution("toy-a")) == (None, None)


def test_waiting_returns_at_a_change(state: State) -> None:
    """A change of another thread, long before the time is over."""
    done = threading.Event()

    def wait() -> None:
        while state.job("toy") is None:
            state.waited(3600)
        done.set()

    threading.Thread(target=wait, daemon=True).start()
    while not done.wait(0.01):
        state.put_job(JOB)
