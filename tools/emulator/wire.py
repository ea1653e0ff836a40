"""The messages of the real API, as protobuf's own classes: the edge behind which everything is `Any`.

google-cloud-run wraps each in a class that is slower by far; the emulator works on what is wrapped. No other module
may know that there are wrappers.
"""

from __future__ import annotations

import datetime as dt
from datetime import datetime, timedelta
from typing import Any

from google.cloud import run_v2
from google.iam.v1 import iam_policy_pb2
from google.longrunning import operations_pb2
from google.protobuf import any_pb2, empty_pb2
from google.rpc import error_details_pb2, status_pb2

_EPOCH = datetime(1970, 1, 1, tzinfo=dt.UTC)
_DAY = 86_400

type Message = Any
"""An instance of one of the classes below."""


def _inside(wrapper: Any) -> Any:
    return type(wrapper.pb(wrapper()))


Job = _inside(run_v2.Job)
Execution = _inside(run_v2.Execution)
ExecutionReference = _inside(run_v2.ExecutionReference)
ExecutionTemplate = _inside(run_v2.ExecutionTemplate)
Task = _inside(run_v2.Task)
Condition = _inside(run_v2.Condition)
Container = _inside(run_v2.Container)
EnvVar = _inside(run_v2.EnvVar)

CreateJobRequest = _inside(run_v2.CreateJobRequest)
GetJobRequest = _inside(run_v2.GetJobRequest)
ListJobsRequest = _inside(run_v2.ListJobsRequest)
ListJobsResponse = _inside(run_v2.ListJobsResponse)
UpdateJobRequest = _inside(run_v2.UpdateJobRequest)
DeleteJobRequest = _inside(run_v2.DeleteJobRequest)
RunJobRequest = _inside(run_v2.RunJobRequest)
GetExecutionRequest = _inside(run_v2.GetExecutionRequest)
ListExecutionsRequest = _inside(run_v2.ListExecutionsRequest)
ListExecutionsResponse = _inside(run_v2.ListExecutionsResponse)
DeleteExecutionRequest = _inside(run_v2.DeleteExecutionRequest)
CancelExecutionRequest = _inside(run_v2.CancelExecutionRequest)
GetTaskRequest = _inside(run_v2.GetTaskRequest)
ListTasksRequest = _inside(run_v2.ListTasksRequest)
ListTasksResponse = _inside(run_v2.ListTasksResponse)
TestIamPermissionsRequest = iam_policy_pb2.TestIamPermissionsRequest
TestIamPermissionsResponse = iam_policy_pb2.TestIamPermissionsResponse

Operation = operations_pb2.Operation
GetOperationRequest = operations_pb2.GetOperationRequest
ListOperationsRequest = operations_pb2.ListOperationsRequest
ListOperationsResponse = operations_pb2.ListOperationsResponse
WaitOperationRequest = operations_pb2.WaitOperationRequest
DeleteOperationRequest = operations_pb2.DeleteOperationRequest
Empty = empty_pb2.Empty
Box = any_pb2.Any
Status = status_pb2.Status
BadRequest = error_details_pb2.BadRequest

ConditionState = run_v2.Condition.State
Severity = run_v2.Condition.Severity
Reason = run_v2.Condition.CommonReason
ExecutionReason = run_v2.Condition.ExecutionReason
CompletionStatus = run_v2.ExecutionReference.CompletionStatus
LaunchStage = run_v2.Job.pb(run_v2.Job()).DESCRIPTOR.fields_by_name["launch_stage"].enum_type.values_by_name
GA = LaunchStage["GA"].number
GEN2 = int(run_v2.ExecutionEnvironment.EXECUTION_ENVIRONMENT_GEN2)


def stamp(field: Message, time: datetime | None) -> None:
    """Set a timestamp, or leave it unset. Lists are full of them, and `FromDatetime` takes three times as long."""
    if time is not None:
        since = time - _EPOCH
        field.seconds = since.days * _DAY + since.seconds
        field.nanos = since.microseconds * 1000


def seconds(field: Message) -> timedelta:
    """A duration, rounded to microseconds."""
    return timedelta(seconds=field.seconds, microseconds=field.nanos // 1000)


def boxed(message: Message) -> Message:
    """A message as an Any."""
    box = Box()
    box.Pack(message)
    return box
