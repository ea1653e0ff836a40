"""Cloud Run as the rest of this folder needs it: eight calls and what they answer, without a word of Google's client.

`client.py` makes them for real; tests play the platform with `orchestrator/testing/platform.py`. Every method raises
CallFailed, blocks its thread, and is made once.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Protocol

from orchestrator.runners.cloud_run.states import Seen, Task


@dataclass(frozen=True, slots=True, kw_only=True)
class Job:
    """What is deployed for a step, as far as it has to agree with the release."""

    image: str
    max_retries: int
    timeout: timedelta
    tasks_at_once: int
    """0 is as many as there are."""


class Api(Protocol):
    """Calls of one project and region. Safe to be used by several threads."""

    def run(self, job: str, *, environment: Mapping[str, str], tasks: int, timeout: timedelta) -> Seen | None:
        """Run a job; the new execution, unless the answer does not say which it is. Not idempotent."""

    def get(self, job: str, execution: str) -> Seen:
        """An execution as it is now."""

    def history(self, job: str) -> Iterator[tuple[Seen, ...]]:
        """A job's executions, newest first, page by page; also deleted ones, as long as they are known."""

    def among(self, executions: Collection[str]) -> dict[str, Seen]:
        """Those of these executions, whatever their jobs, that the region lists."""

    def tasks(self, job: str, execution: str) -> tuple[Task, ...]:
        """The tasks of an execution, by their index."""

    def cancel(self, job: str, execution: str) -> None:
        """Ask for the end of an execution."""

    def job(self, job: str) -> Job:
        """What is deployed as a job."""

    def granted(self, job: str, permissions: Iterable[str]) -> frozenset[str]:
        """Those of these permissions that this process has on a job."""

    def close(self) -> None:
        """Hang up; calls that are under way fail."""
