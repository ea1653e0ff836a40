"""Names of resources: `projects/P/locations/L/jobs/J/executions/E/tasks/T`, read and written. Pure.

Inside the emulator a job, an execution and an operation go by their short names, a task by its execution and index.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

from tools.emulator.errors import ApiError, Code, Violation, invalid

_SEGMENT = r"[^/]+"
_TASK = re.compile(r"(?P<execution>.+)-task(?P<index>0|[1-9][0-9]{0,4})")


@dataclass(frozen=True, slots=True)
class Place:
    """The one project and location that is served, and the folder of what executions say."""

    project: str
    location: str
    attempts: Path

    @property
    def parent(self) -> str:
        """Where jobs and operations are."""
        return f"projects/{self.project}/locations/{self.location}"

    def job(self, job: str) -> str:
        """Name of a job."""
        return f"{self.parent}/jobs/{job}"

    def execution(self, job: str, execution: str) -> str:
        """Name of an execution."""
        return f"{self.job(job)}/executions/{execution}"

    def task(self, job: str, execution: str, index: int) -> str:
        """Name of a task."""
        return f"{self.execution(job, execution)}/tasks/{execution}-task{index}"

    def operation(self, operation: str) -> str:
        """Name of a long-running operation."""
        return f"{self.parent}/operations/{operation}"

    def check_parent(self, name: str) -> None:
        """Refuse a parent that is not here."""
        self._read(name, "", field="parent")

    def read_job(self, name: str, *, field: str = "name") -> str:
        """The short name of a job."""
        return self._read(name, "/jobs/(?P<job>SEGMENT)", field=field)["job"]

    def read_execution(self, name: str, *, field: str = "name") -> tuple[str, str]:
        """The short names of an execution's job and of the execution."""
        found = self._read(name, "/jobs/(?P<job>SEGMENT)/executions/(?P<execution>SEGMENT)", field=field)
        return found["job"], found["execution"]

    def read_task(self, name: str) -> tuple[str, str, int]:
        """The short names of a task's job and execution, and its index."""
        form = "/jobs/(?P<job>SEGMENT)/executions/(?P<execution>SEGMENT)/tasks/(?P<task>SEGMENT)"
        found = self._read(name, form, field="name")
        task = _TASK.fullmatch(found["task"])
        # A task of another execution is none of this one; no task has this index.
        index = int(task["index"]) if task is not None and task["execution"] == found["execution"] else -1
        return found["job"], found["execution"], index

    def read_operation(self, name: str) -> str:
        """The short name of an operation."""
        return self._read(name, "/operations/(?P<operation>SEGMENT)", field="name")["operation"]

    def _read(self, name: str, rest: str, *, field: str) -> re.Match[str]:
        form = "projects/(?P<project>SEGMENT)/locations/(?P<location>SEGMENT)" + rest
        found = re.fullmatch(form.replace("SEGMENT", _SEGMENT), name)
        if found is None:
            wanted = re.sub(r"\(\?P<(\w+)>SEGMENT\)", lambda match: match[1].upper(), form)
            raise invalid("Request", [Violation(field, f"'{name}' is no resource name here: write {wanted}.")])
        if (found["project"], found["location"]) != (self.project, self.location):
            raise ApiError(
                Code.PERMISSION_DENIED,
                f"Permission denied on '{name}': this emulator serves {self.parent}; "
                "start it with --project and --region to serve another.",
            )
        return found
