"""The API as one table: each method's name, its messages, who performs it, and where it is on REST.

gRPC and REST are made from this table alone, so neither has a method, nor does anything, that the other does not.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from tools.emulator import wire
from tools.emulator.executions import Executions
from tools.emulator.jobs import Jobs
from tools.emulator.operations import Operations
from tools.emulator.wire import Message

_RUN = "google.cloud.run.v2"
_LONG_RUNNING = "google.longrunning"
_LOCATION = "projects/[^/]+/locations/[^/]+"
_JOB = f"{_LOCATION}/jobs/[^/]+"
_EXECUTION = f"{_JOB}/executions/[^/]+"
_OPERATION = f"{_LOCATION}/operations/[^/]+"


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest:
    """Where a method is on REST: `path` after /v2/ with one group, which is put into `field` of the request."""

    verb: str
    path: str
    field: str
    body: str = ""
    """The field that the body is; empty for the whole request."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Method:
    """One method."""

    package: str
    name: str
    """`Jobs.RunJob`, as faults name it."""
    request: Any
    response: Any
    perform: Callable[..., Message]
    rest: Rest
    names: str = ""
    """The field of the request that names a resource."""


def table(jobs: Jobs, executions: Executions, operations: Operations) -> tuple[Method, ...]:
    """Every method, performed by these."""
    return (*_jobs(jobs), *_executions(executions), *_operations(operations))


def _jobs(jobs: Jobs) -> tuple[Method, ...]:
    return (
        _method("Jobs.CreateJob", wire.CreateJobRequest, wire.Operation, jobs.create,
                Rest(verb="POST", path=f"({_LOCATION})/jobs", field="parent", body="job"), names="job_id"),
        _method("Jobs.GetJob", wire.GetJobRequest, wire.Job, jobs.get, _get(_JOB)),
        _method("Jobs.ListJobs", wire.ListJobsRequest, wire.ListJobsResponse, jobs.find,
                Rest(verb="GET", path=f"({_LOCATION})/jobs", field="parent"), names="parent"),
        _method("Jobs.UpdateJob", wire.UpdateJobRequest, wire.Operation, jobs.update,
                Rest(verb="PATCH", path=f"({_JOB})", field="job.name", body="job"), names="job.name"),
        _method("Jobs.DeleteJob", wire.DeleteJobRequest, wire.Operation, jobs.delete, _delete(_JOB)),
        _method("Jobs.RunJob", wire.RunJobRequest, wire.Operation, jobs.run,
                Rest(verb="POST", path=f"({_JOB}):run", field="name")),
        _method("Jobs.TestIamPermissions", wire.TestIamPermissionsRequest, wire.TestIamPermissionsResponse, jobs.permit,
                Rest(verb="POST", path=f"({_JOB}):testIamPermissions", field="resource"), names="resource"),
    )  # fmt: skip


def _executions(executions: Executions) -> tuple[Method, ...]:
    return (
        _method("Executions.GetExecution", wire.GetExecutionRequest, wire.Execution, executions.get, _get(_EXECUTION)),
        _method("Executions.ListExecutions", wire.ListExecutionsRequest, wire.ListExecutionsResponse, executions.find,
                Rest(verb="GET", path=f"({_JOB})/executions", field="parent"), names="parent"),
        _method("Executions.DeleteExecution", wire.DeleteExecutionRequest, wire.Operation, executions.delete,
                _delete(_EXECUTION)),
        _method("Executions.CancelExecution", wire.CancelExecutionRequest, wire.Operation, executions.cancel,
                Rest(verb="POST", path=f"({_EXECUTION}):cancel", field="name")),
        _method("Tasks.GetTask", wire.GetTaskRequest, wire.Task, executions.get_task,
                _get(f"{_EXECUTION}/tasks/[^/]+")),
        _method("Tasks.ListTasks", wire.ListTasksRequest, wire.ListTasksResponse, executions.list_tasks,
                Rest(verb="GET", path=f"({_EXECUTION})/tasks", field="parent"), names="parent"),
    )  # fmt: skip


def _operations(operations: Operations) -> tuple[Method, ...]:
    return tuple(
        _method(f"Operations.{name}", request, response, perform, rest, package=_LONG_RUNNING)
        for name, request, response, perform, rest in (
            ("GetOperation", wire.GetOperationRequest, wire.Operation, operations.get, _get(_OPERATION)),
            ("ListOperations", wire.ListOperationsRequest, wire.ListOperationsResponse, operations.find,
             Rest(verb="GET", path=f"({_LOCATION})/operations", field="name")),
            ("WaitOperation", wire.WaitOperationRequest, wire.Operation, operations.wait,
             Rest(verb="POST", path=f"({_OPERATION}):wait", field="name")),
            ("DeleteOperation", wire.DeleteOperationRequest, wire.Empty, operations.delete, _delete(_OPERATION)),
        )
    )  # fmt: skip


def _method(
    name: str,
    request: Any,
    response: Any,
    perform: Callable[..., Message],
    rest: Rest,
    *,
    package: str = _RUN,
    names: str = "name",
) -> Method:
    return Method(
        package=package, name=name, request=request, response=response, perform=perform, rest=rest, names=names
    )


def _get(path: str) -> Rest:
    return Rest(verb="GET", path=f"({path})", field="name")


def _delete(path: str) -> Rest:
    return Rest(verb="DELETE", path=f"({path})", field="name")
