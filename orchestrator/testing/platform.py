"""Cloud Run in memory, on the near side of its client: it can fail before and after an effect, hide, and double.

See `runners/cloud_run/api.py`. It is for what cannot be timed with real processes; the runner's contract is tested
against the emulator.
"""

from __future__ import annotations

import contextlib
import dataclasses
import datetime as dt
import threading
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.calls import CallFailed, kind_of
from orchestrator.runners.cloud_run.states import FAILED, SUCCEEDED, Phase, Seen, Task
from orchestrator.runners.verdict import TaskExit
from steps.kit import contract

BEGIN = datetime(2018, 2, 2, 5, 1, tzinfo=dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Trouble:
    """What goes wrong with the next call of a method: before its effect or after."""

    method: str
    code: str
    after: bool = False


@dataclass(slots=True, kw_only=True)
class FakePlatform:
    """See the module. `troubles` are met in turn, each once; `hidden` is how many reads miss a new execution."""

    troubles: list[Trouble] = field(default_factory=list)
    hidden: int = 0
    doubles: bool = False
    nameless: bool = False
    """Whether RunJob's answer lacks the name of the execution."""
    jobs: dict[str, Job] = field(default_factory=dict)
    permissions: frozenset[str] = frozenset()
    calls: list[str] = field(default_factory=list)
    environments: list[Mapping[str, str]] = field(default_factory=list)
    exits: dict[str, int] = field(default_factory=dict)
    executions: dict[str, Seen] = field(default_factory=dict)
    closed: bool = False
    _lock: threading.Lock = field(default_factory=threading.Lock)

    def run(self, job: str, *, environment: Mapping[str, str], tasks: int, timeout: timedelta) -> Seen | None:  # noqa: ARG002
        """See `api.Api`."""
        with self._lock, self._troubled("run"):
            self.environments.append(environment)
            made = [self._new(job, environment, tasks) for _ in range(1 + self.doubles)]
            return None if self.nameless else made[0]

    def get(self, job: str, execution: str) -> Seen:  # noqa: ARG002
        """See `api.Api`."""
        with self._lock, self._troubled("get"):
            seen = self.executions.get(execution)
            if seen is None or seen.deleted or self._hides():
                raise failed("NOT_FOUND")
            return seen

    def history(self, job: str) -> Iterator[tuple[Seen, ...]]:
        """See `api.Api`. Two a page."""
        with self._lock, self._troubled("history"):
            listed = [each for each in self.executions.values() if each.name.startswith(f"{job}-")][::-1]
            listed = [] if self._hides() else listed
        for first in range(0, len(listed), 2):
            yield tuple(listed[first : first + 2])

    def among(self, executions: Collection[str]) -> dict[str, Seen]:
        """See `api.Api`."""
        with self._lock, self._troubled("among"):
            return {name: seen for name, seen in self.executions.items() if name in executions}

    def tasks(self, job: str, execution: str) -> tuple[Task, ...]:  # noqa: ARG002
        """See `api.Api`."""
        with self._lock, self._troubled("tasks"):
            exit_code = self.exits.get(execution)
            return (Task(exit=TaskExit(index=0, exit=exit_code, timed_out=False)),)

    def cancel(self, job: str, execution: str) -> None:  # noqa: ARG002
        """See `api.Api`."""
        with self._lock, self._troubled("cancel"):
            seen = self.executions.get(execution)
            if seen is None:
                raise failed("NOT_FOUND")
            if seen.phase is not Phase.RUNNING:
                raise failed("FAILED_PRECONDITION")
            self._change(execution, completed=FAILED, reason="CANCELLED", cancelled=1, ended=BEGIN)

    def job(self, job: str) -> Job:
        """See `api.Api`."""
        with self._lock, self._troubled("job"):
            if job not in self.jobs:
                raise failed("NOT_FOUND")
            return self.jobs[job]

    def granted(self, job: str, permissions: Iterable[str]) -> frozenset[str]:  # noqa: ARG002
        """See `api.Api`."""
        with self._lock, self._troubled("granted"):
            return self.permissions & frozenset(permissions)

    def close(self) -> None:
        """See `api.Api`."""
        self.closed = True

    def end(self, execution: str, code: int = 0) -> None:
        """Let an execution end with this exit code."""
        with self._lock:
            self.exits[execution] = code
            good = {"completed": SUCCEEDED, "succeeded": 1}
            bad = {"completed": FAILED, "failed": 1, "reason": "NON_ZERO_EXIT_CODE"}
            self._change(execution, ended=BEGIN, **(bad if code else good))

    def delete(self, execution: str) -> None:
        """Let an execution be deleted; listings tell of it for a while."""
        with self._lock:
            self._change(execution, deleted=True)

    def _new(self, job: str, environment: Mapping[str, str], tasks: int) -> Seen:
        number = len(self.executions)
        created = BEGIN + timedelta(seconds=number)
        name = f"{job}-{number:05}"
        attempt = environment[contract.ATTEMPT]
        self.executions[name] = Seen(name=name, attempt=attempt, log=f"log/{name}", created=created, task_count=tasks)
        return self.executions[name]

    def _change(self, execution: str, **changes: object) -> None:
        self.executions[execution] = dataclasses.replace(self.executions[execution], **changes)  # type: ignore[arg-type]

    def _hides(self) -> bool:
        hides = bool(self.executions) and self.hidden > 0
        self.hidden -= hides
        return hides

    @contextlib.contextmanager
    def _troubled(self, method: str) -> Iterator[None]:
        """One call: the trouble that it meets, on the side of its effect on which it meets it."""
        self.calls.append(method)
        trouble = next((each for each in self.troubles if each.method == method), None)
        if trouble is not None:
            self.troubles.remove(trouble)
            if not trouble.after:
                raise failed(trouble.code)
        yield
        if trouble is not None:
            raise failed(trouble.code)


def failed(code: str) -> CallFailed:
    """A failure with this status."""
    return CallFailed(kind_of(code), code, "the script says so")
