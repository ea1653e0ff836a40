"""Google's client for Cloud Run, with this project's values on its near side: the only module that calls it.

Importing it takes half a second, so it is imported where nobody waits for it (`connection.py`). Each call has a timeout
and is made once; what a failure means is in `calls.py`. Operations are never asked: that needs a right on the whole
project, and they say that a cancelled execution went well.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import grpc
import requests
from google.api_core import exceptions
from google.auth.exceptions import GoogleAuthError, RefreshError
from google.cloud import run_v2

from orchestrator.runners.cloud_run import messages
from orchestrator.runners.cloud_run.api import Job
from orchestrator.runners.cloud_run.calls import READ_SECONDS, RUN_SECONDS, CallFailed, Kind, kind_of
from orchestrator.runners.cloud_run.states import Seen, Task

_PAGE = 50
_LONG_PAGE = 1000
"""Asked for; the platform gives what it wants."""
_HTTP = {400: "INVALID_ARGUMENT", 401: "UNAUTHENTICATED", 403: "PERMISSION_DENIED", 429: "RESOURCE_EXHAUSTED"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """See `api.Api`."""

    parent: str
    jobs: run_v2.JobsClient
    executions: run_v2.ExecutionsClient
    tasks_of: run_v2.TasksClient
    shut: Callable[[], None]

    def run(self, job: str, *, environment: Mapping[str, str], tasks: int, timeout: timedelta) -> Seen | None:
        """See `api.Api`."""
        request = messages.run_request(self._job(job), environment=environment, tasks=tasks, timeout=timeout)
        execution = _call(lambda: self.jobs.run_job(request=request, retry=None, timeout=RUN_SECONDS).metadata)
        return messages.seen(execution) if execution is not None and execution.name else None

    def command(self, job: str, arguments: Sequence[str], *, environment: Mapping[str, str]) -> Seen | None:
        """Run a job with other arguments; the execution, unless the answer does not say which. Not idempotent."""
        request = messages.command_request(self._job(job), arguments, environment=environment)
        execution = _call(lambda: self.jobs.run_job(request=request, retry=None, timeout=RUN_SECONDS).metadata)
        return messages.seen(execution) if execution is not None and execution.name else None

    def get(self, job: str, execution: str) -> Seen:
        """See `api.Api`."""
        name = self._execution(job, execution)
        return messages.seen(
            _call(lambda: self.executions.get_execution(name=name, retry=None, timeout=READ_SECONDS)),
        )

    def history(self, job: str) -> Iterator[tuple[Seen, ...]]:
        """See `api.Api`."""
        for raw in self._pages(job, _PAGE):
            yield tuple(messages.seen(each) for each in raw)

    def among(self, executions: Collection[str]) -> dict[str, Seen]:
        """See `api.Api`."""
        found: dict[str, Seen] = {}
        for raw in self._pages("-", _LONG_PAGE):
            wanted = [each for each in raw if messages.short(each.name) in executions]
            found |= {seen.name: seen for seen in map(messages.seen, wanted)}
            if len(found) == len(executions):
                break
        return found

    def tasks(self, job: str, execution: str) -> tuple[Task, ...]:
        """See `api.Api`."""
        request = run_v2.ListTasksRequest(parent=self._execution(job, execution), page_size=_LONG_PAGE)

        def every() -> list[Task]:
            pager = self.tasks_of.list_tasks(request=request, retry=None, timeout=READ_SECONDS)
            raw = map(run_v2.ListTasksResponse.pb, pager.pages)
            return [messages.task(each) for page in raw for each in page.tasks]

        return tuple(sorted(_call(every), key=lambda task: task.exit.index))

    def cancel(self, job: str, execution: str) -> None:
        """See `api.Api`."""
        name = self._execution(job, execution)
        _call(lambda: self.executions.cancel_execution(name=name, retry=None, timeout=READ_SECONDS))

    def job(self, job: str) -> Job:
        """See `api.Api`."""
        return messages.job(
            _call(lambda: self.jobs.get_job(name=self._job(job), retry=None, timeout=READ_SECONDS)),
        )

    def granted(self, job: str, permissions: Iterable[str]) -> frozenset[str]:
        """See `api.Api`."""
        request = {"resource": self._job(job), "permissions": list(permissions)}
        answer = _call(lambda: self.jobs.test_iam_permissions(request=request, retry=None, timeout=READ_SECONDS))
        return frozenset(answer.permissions)

    def close(self) -> None:
        """See `api.Api`."""
        self.shut()

    def _pages(self, job: str, size: int) -> Iterator[Sequence[Any]]:
        """A listing, raw, because most of a long one is not looked at."""
        request = run_v2.ListExecutionsRequest(parent=self._job(job), page_size=size, show_deleted=True)
        pages = _call(lambda: self.executions.list_executions(request=request, retry=None, timeout=READ_SECONDS)).pages
        while (page := _call(lambda: next(pages, None))) is not None:
            yield run_v2.ListExecutionsResponse.pb(page).executions

    def _job(self, job: str) -> str:
        return f"{self.parent}/jobs/{job}"

    def _execution(self, job: str, execution: str) -> str:
        return f"{self._job(job)}/executions/{execution}"


def _call[T](call: Callable[[], T]) -> T:
    try:
        return call()
    except exceptions.GoogleAPICallError as err:
        code = _code(err)
        raise CallFailed(kind_of(code), code, err.message or "") from err
    except RefreshError as err:
        kind = Kind.BUSY if err.retryable else Kind.REFUSED
        raise CallFailed(kind, "UNAUTHENTICATED", f"the credentials cannot be used: {err}") from err
    except (grpc.RpcError, requests.RequestException, GoogleAuthError, TypeError, ValueError) as err:
        # A connection that is cut or closed, or an answer that cannot be read: it may have been done.
        raise CallFailed(Kind.AMBIGUOUS, type(err).__name__, str(err)) from err


def _code(error: exceptions.GoogleAPICallError) -> str:
    """The status as gRPC names it; REST tells a number, for which several names may stand."""
    status = error.grpc_status_code
    if isinstance(status, grpc.StatusCode):
        return str(status.name)
    number = error.code if isinstance(error.code, int) else None
    return _HTTP.get(number, f"HTTP {number}") if number is not None else "UNKNOWN"
