"""The service google.cloud.run.v2.Jobs: jobs written, read and run. Operations about a job itself are done at once."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from itertools import chain

from orchestrator.ports import Clock
from orchestrator.runners.layouts import ImageError
from tools.emulator import messages, pages, validation, wire
from tools.emulator.errors import ApiError, Code, Violation, invalid, not_found
from tools.emulator.executions import Executions
from tools.emulator.images import Sources
from tools.emulator.names import Place
from tools.emulator.operations import Operations
from tools.emulator.programs import Programs
from tools.emulator.records import Job, Kind
from tools.emulator.state import State
from tools.emulator.wire import Message


@dataclass(frozen=True, slots=True, kw_only=True)
class Jobs:
    """Each method is one of the service's."""

    place: Place
    state: State
    clock: Clock
    programs: Programs
    executions: Executions
    operations: Operations

    def create(self, request: Message) -> Message:
        """CreateJob."""
        self.place.check_parent(request.parent)
        body = self._checked("CreateJobRequest", request.job_id, request.job)
        with self.state.together():
            if self.state.job(request.job_id) is not None:
                name = self.place.job(request.job_id)
                raise ApiError(Code.ALREADY_EXISTS, f"Resource '{name}' already exists.")
            return self._put(request.job_id, body, None, dry=request.validate_only)

    def get(self, request: Message) -> Message:
        """GetJob."""
        return self._message(self._job(self.place.read_job(request.name)))

    def find(self, request: Message) -> Message:
        """ListJobs."""
        self.place.check_parent(request.parent)
        most = pages.size(request)
        found = self.state.jobs(after=pages.after(request), limit=most + 1)
        page, token = pages.cut(found, most, lambda job: job.name)
        return wire.ListJobsResponse(jobs=[self._message(job) for job in page], next_page_token=token)

    def update(self, request: Message) -> Message:
        """UpdateJob."""
        name = self.place.read_job(request.job.name, field="job.name")
        body = self._checked("UpdateJobRequest", name, request.job)
        with self.state.together():
            present = self.state.job(name)
            if present is None and not request.allow_missing:
                raise not_found("Resource", request.job.name)
            if present is not None:
                _check_etag(request.job.etag, self._message(present))
            return self._put(name, body, present, dry=request.validate_only)

    def delete(self, request: Message) -> Message:
        """DeleteJob."""
        name = self.place.read_job(request.name)
        with self.state.together():
            message = self._message(self._job(name))
            _check_etag(request.etag, message)
            wire.stamp(message.delete_time, self.clock.now())
            if not request.validate_only:
                self.state.delete_job(name)
                self.executions.delete_all(name)
            return self.operations.new(Kind.JOB, message, dry=request.validate_only)

    def run(self, request: Message, *, copies: int = 1, hidden: float = 0.0) -> Message:
        """RunJob. Faults make `copies` of the execution and let it be `hidden` for some seconds."""
        name = self.place.read_job(request.name)
        with self.state.together():
            job = self._job(name)
            _check_etag(request.etag, self._message(job))
            template = wire.Job.FromString(job.body).template
            container = template.template.containers[0]
            if problems := [*validation.override_problems(request.overrides, container)]:
                raise invalid("RunJobRequest", problems)
            effective = validation.overridden(template, request.overrides)
            if problems := [*self._secret_problems(effective)]:
                raise invalid("RunJobRequest", problems)
            started = [
                self.executions.new(name, effective, hidden=hidden, dry=request.validate_only) for _ in range(copies)
            ]
            message = messages.execution(started[0], self.place)
            return self.operations.new(Kind.RUN, message, execution=started[0].name, dry=request.validate_only)

    def permit(self, request: Message) -> Message:
        """TestIamPermissions: whoever reaches an emulator may do everything with what is there."""
        self._job(self.place.read_job(request.resource, field="resource"))
        return wire.TestIamPermissionsResponse(permissions=request.permissions)

    def _checked(self, kind: str, name: str, wanted: Message) -> Message:
        """A job that can be written: complete, without a violation, its image at hand. This may take time."""
        body = validation.completed(wanted)
        body.ClearField("etag")
        problems = chain(
            validation.name_problems(name),
            validation.job_problems(body, volumes=self.programs.volumes),
            _token_problems(body),
            self._secret_problems(body.template),
        )
        if found := [*problems]:
            raise invalid(kind, found)
        _resolve(self.programs.sources, body)
        return body

    def _put(self, name: str, body: Message, present: Job | None, *, dry: bool) -> Message:
        now = self.clock.now()
        job = Job(
            name=name,
            uid=_uid(name, now) if present is None else present.uid,
            body=body.SerializeToString(),
            generation=1 if present is None else present.generation + 1,
            created=now if present is None else present.created,
            updated=now,
        )
        if not dry:
            self.state.put_job(job)
        return self.operations.new(Kind.JOB, self._message(job), dry=dry)

    def _secret_problems(self, template: Message) -> list[Violation]:
        wanted = {
            each.value_source.secret_key_ref.secret
            for container in template.template.containers
            for each in container.env
            if each.HasField("value_source")
        }
        missing = sorted(name for name in wanted if not self.programs.secrets.exists(name))
        remedy = "add it to the file that --secrets names"
        field = "template.containers[0].env"
        return [Violation(field, f"Secret '{name}' was not found: {remedy}.") for name in missing]

    def _job(self, name: str) -> Job:
        job = self.state.job(name)
        if job is None:
            raise not_found("Resource", self.place.job(name))
        return job

    def _message(self, job: Job) -> Message:
        count, latest = self.state.latest_execution(job.name)
        return messages.job(job, self.place, count=count, latest=latest)


def _token_problems(job: Message) -> list[Violation]:
    tokens = ("start_execution_token", "run_execution_token")
    text = "this emulator does not support it: call RunJob."
    return [Violation(f"job.{name}", text) for name in tokens if getattr(job, name)]


def _resolve(sources: Sources, job: Message) -> None:
    """Name the image by its digest, and have it at hand, as the platform does when a job is written."""
    container = job.template.template.containers[0]
    try:
        container.image = sources.resolve(container.image)
    except ImageError as err:
        raise ApiError(Code.INVALID_ARGUMENT, f"Image '{container.image}' cannot be used: {err}") from err


def _check_etag(given: str, message: Message) -> None:
    if given not in {"", message.etag}:
        raise ApiError(
            Code.ABORTED,
            f"Conflict for resource '{message.name}': version '{given}' was specified but current version is "
            f"'{message.etag}'.",
        )


def _uid(*parts: object) -> str:
    return hashlib.md5(repr(parts).encode(), usedforsecurity=False).hexdigest()
