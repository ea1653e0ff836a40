"""An emulator for tests, and its unchanged clients by either transport."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

import grpc
from google.auth.credentials import AnonymousCredentials
from google.cloud import run_v2
from google.cloud.run_v2.services.executions.transports import ExecutionsGrpcTransport
from google.cloud.run_v2.services.jobs.transports import JobsGrpcTransport
from google.cloud.run_v2.services.tasks.transports import TasksGrpcTransport

PARENT = "projects/local/locations/local"
PATIENCE = 60.0

type Transport = Literal["grpc", "rest"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Clients:
    """The three clients of one emulator."""

    address: str
    jobs: run_v2.JobsClient
    executions: run_v2.ExecutionsClient
    tasks: run_v2.TasksClient
    channel: Any = None

    @classmethod
    def of(cls, address: str, transport: Transport = "grpc") -> Clients:
        """Clients by this transport."""
        if transport == "grpc":
            channel = grpc.insecure_channel(address)
            return cls(
                address=address,
                jobs=run_v2.JobsClient(transport=JobsGrpcTransport(channel=channel)),
                executions=run_v2.ExecutionsClient(transport=ExecutionsGrpcTransport(channel=channel)),
                tasks=run_v2.TasksClient(transport=TasksGrpcTransport(channel=channel)),
                channel=channel,
            )
        options: Any = {"api_endpoint": f"http://{address}"}
        return cls(
            address=address,
            jobs=run_v2.JobsClient(transport="rest", credentials=_nobody(), client_options=options),
            executions=run_v2.ExecutionsClient(transport="rest", credentials=_nobody(), client_options=options),
            tasks=run_v2.TasksClient(transport="rest", credentials=_nobody(), client_options=options),
        )

    def close(self) -> None:
        """Let go of the connections."""
        if self.channel is not None:
            self.channel.close()
            return
        transports: list[Any] = [client.transport for client in (self.jobs, self.executions, self.tasks)]
        for transport in transports:
            transport.close()

    def create(self, name: str, text: str, **settings: Any) -> str:
        """Create a job that runs this sh program; its name."""
        made = self.jobs.create_job(parent=PARENT, job=job(text, **settings), job_id=name)
        return str(made.result(timeout=PATIENCE).name)

    def run(self, name: str, **overrides: Any) -> str:
        """Run a job; its execution's name."""
        request = run_v2.RunJobRequest(name=name, overrides=overrides or None)
        operation = self.jobs.run_job(request=request, timeout=PATIENCE)
        return str(operation.metadata.name)

    def end(self, execution: str) -> run_v2.Execution:
        """Wait for an execution's end."""
        return self.until(execution, lambda found: bool(found.completion_time))

    def until(self, execution: str, holds: Callable[[run_v2.Execution], bool]) -> run_v2.Execution:
        """Wait until this holds of an execution."""
        give_up = time.monotonic() + PATIENCE
        while not holds(found := self.executions.get_execution(name=execution, timeout=PATIENCE)):
            assert time.monotonic() < give_up, found  # noqa: S101 - for tests.
            time.sleep(0.01)
        return found

    def task(self, execution: str, index: int = 0) -> run_v2.Task:
        """One task of an execution."""
        name = f"{execution}/tasks/{execution.rpartition('/')[2]}-task{index}"
        return self.tasks.get_task(name=name, timeout=PATIENCE)


def job(
    text: str,
    *,
    tasks: int = 1,
    parallelism: int = 0,
    retries: int = 0,
    seconds: float = 60,
    env: dict[str, str] | None = None,
    secrets: dict[str, str] | None = None,
    image: str = "process:",
    command: list[str] | None = None,
    **more: Any,
) -> run_v2.Job:
    """A job that runs an sh program, as a process if no image is given."""
    variables: list[Any] = [{"name": name, "value": value} for name, value in (env or {}).items()]
    variables += [
        {"name": name, "value_source": {"secret_key_ref": {"secret": secret}}}
        for name, secret in (secrets or {}).items()
    ]
    shell = "/bin/sh" if image == "process:" else "sh"
    container = {"image": image, "command": command or [shell, "-c", text], "env": variables, **more}
    template = {"containers": [container], "max_retries": retries, "timeout": f"{seconds:.3f}s"}
    value: Any = {"template": {"task_count": tasks, "parallelism": parallelism, "template": template}}
    return run_v2.Job(value)


def completed(execution: run_v2.Execution) -> run_v2.Condition:
    """The condition that tells an execution's state."""
    (found,) = [each for each in execution.conditions if each.type_ == "Completed"]
    return found


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    give_up = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < give_up  # noqa: S101 - for tests.
        time.sleep(0.01)


def _nobody() -> Any:
    return AnonymousCredentials()
