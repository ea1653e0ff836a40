"""What a job may be, and what a run may override: the platform's limits, every violation told at once. Pure.

`completed` fills in the platform's defaults first, so that what is checked is what runs.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterator
from typing import Final

from orchestrator.core.release import PROCESS
from tools.emulator import quantities, wire
from tools.emulator.errors import Violation
from tools.emulator.wire import Message

MOST_TASKS: Final = 10_000
MOST_RETRIES: Final = 10
LONGEST: Final = 168 * 3600
MOST_VARIABLES: Final = 1_000
MOST_BYTES: Final = 32_768
SUFFIX: Final = 6
"""Characters that an execution's name has more than its job's."""
MOST_NAME: Final = 63 - SUFFIX
GOOD_NAME: Final = 49
RESERVED: Final = frozenset(
    f"CLOUD_RUN_{each}" for each in ("JOB", "EXECUTION", "TASK_INDEX", "TASK_ATTEMPT", "TASK_COUNT")
)
_NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]*[a-z0-9])?")
_TEMPLATE: Final = "job.template"
_TASK: Final = f"{_TEMPLATE}.template"
_CONTAINER: Final = f"{_TASK}.containers[0]"


def completed(job: Message) -> Message:
    """A job with the platform's defaults where its owner set nothing."""
    done = wire.Job.FromString(job.SerializeToString())
    execution, task = done.template, done.template.template
    execution.task_count = execution.task_count or 1
    if not task.HasField("max_retries"):
        task.max_retries = 3
    if not task.HasField("timeout"):
        task.timeout.seconds = 600
    task.execution_environment = task.execution_environment or wire.GEN2
    for container in task.containers:
        limits = container.resources.limits
        limits["cpu"] = limits.get("cpu") or quantities.DEFAULT_CPU
        limits["memory"] = limits.get("memory") or quantities.DEFAULT_MEMORY
        for variable in container.env:
            reference = variable.value_source.secret_key_ref
            if variable.HasField("value_source") and not reference.version:
                reference.version = "latest"
    return done


def name_problems(name: str) -> Iterator[Violation]:
    """What is wrong with the name of a job."""
    if _NAME.fullmatch(name) is None:
        yield Violation(
            "job_id",
            f"'{name}': only lowercase, digits, and hyphens; must begin with letter, and may not end with hyphen.",
        )
    if len(name) > MOST_NAME:
        yield Violation(
            "job_id",
            f"'{name}' has {len(name)} characters: executions are named JOB-xxxxx and a name has at most 63, "
            f"so at most {MOST_NAME} are possible and {GOOD_NAME} are recommended.",
        )


def job_problems(job: Message, *, volumes: Collection[str]) -> Iterator[Violation]:
    """What is wrong with a completed job. `volumes` are those that this machine has a folder for."""
    execution, task = job.template, job.template.template
    yield from _count_problems(execution.task_count, f"{_TEMPLATE}.task_count")
    if not 0 <= execution.parallelism <= execution.task_count:
        text = f"{execution.parallelism}: must be from 0 to task_count, which is {execution.task_count}."
        yield Violation(f"{_TEMPLATE}.parallelism", text)
    if not 0 <= task.max_retries <= MOST_RETRIES:
        yield Violation(f"{_TASK}.max_retries", f"{task.max_retries}: must be from 0 to {MOST_RETRIES}.")
    yield from _timeout_problems(task.timeout, f"{_TASK}.timeout")
    if len(task.containers) != 1:
        text = f"{len(task.containers)} containers: this emulator runs exactly one."
        yield Violation(f"{_TASK}.containers", text)
        return
    yield from _container_problems(task.containers[0])
    yield from _volume_problems(task, volumes)


def _container_problems(container: Message) -> Iterator[Violation]:
    if not container.image:
        yield Violation(f"{_CONTAINER}.image", "is missing.")
    elif container.image == PROCESS and not container.command:
        yield Violation(f"{_CONTAINER}.command", f"is missing: '{PROCESS}' runs a program of this machine.")
    for field in ("working_dir", "ports", "depends_on"):
        if getattr(container, field):
            yield Violation(f"{_CONTAINER}.{field}", "this emulator does not support it: leave it out.")
    yield from _resource_problems(container.resources.limits)
    yield from _environment_problems(container.env, f"{_CONTAINER}.env")


def _resource_problems(limits: Message) -> Iterator[Violation]:
    field = f"{_CONTAINER}.resources.limits"
    cpu, memory = quantities.parse(limits["cpu"]), quantities.parse(limits["memory"])
    if cpu is None or cpu not in quantities.MEMORY_OF_CPU:
        text = f"Invalid value specified for cpu: '{limits['cpu']}'. A job may have 1, 2, 4, 6 or 8."
        yield Violation(f"{field}.cpu", text)
    if memory is None:
        text = f"Invalid value specified for memory: '{limits['memory']}'. Write 512Mi or 2Gi."
        yield Violation(f"{field}.memory", text)
    elif cpu in quantities.MEMORY_OF_CPU and (problem := quantities.memory_problem(int(cpu), memory)) is not None:
        yield Violation(f"{field}.memory", problem)
    for name in sorted(set(limits) - {"cpu", "memory"}):
        yield Violation(f"{field}.{name}", "this emulator knows cpu and memory: leave it out.")


def _environment_problems(variables: Message, field: str) -> Iterator[Violation]:
    if len(variables) > MOST_VARIABLES:
        yield Violation(field, f"{len(variables)} variables: at most {MOST_VARIABLES} are possible.")
    seen: set[str] = set()
    for variable in variables:
        name = variable.name
        if not name or "=" in name or "\0" in name:
            yield Violation(field, f"'{name}' cannot name a variable.")
        elif name in RESERVED:
            yield Violation(field, f"The following reserved env names were provided: {name}.")
        elif name in seen:
            yield Violation(field, f"'{name}' is set twice.")
        seen.add(name)
        if len(variable.value.encode()) > MOST_BYTES:
            yield Violation(field, f"the value of '{name}' has more than {MOST_BYTES} bytes.")
        if variable.HasField("value_source") and not variable.value_source.secret_key_ref.secret:
            yield Violation(field, f"'{name}' names no secret: set value_source.secret_key_ref.secret.")


def _volume_problems(task: Message, volumes: Collection[str]) -> Iterator[Violation]:
    declared = {volume.name for volume in task.volumes}
    for volume in task.volumes:
        if not volume.HasField("empty_dir") and volume.name not in volumes:
            text = (
                f"volume '{volume.name}' is none that this machine has: start the emulator with "
                f"--volume {volume.name}=FOLDER, or make it an empty_dir."
            )
            yield Violation(f"{_TASK}.volumes", text)
    for mount in task.containers[0].volume_mounts:
        if mount.name not in declared:
            yield Violation(f"{_CONTAINER}.volume_mounts", f"'{mount.name}' is no volume of the template.")
        if not mount.mount_path.startswith("/") or mount.mount_path == "/":
            yield Violation(f"{_CONTAINER}.volume_mounts", f"'{mount.mount_path}' must be a path below /.")


def _count_problems(count: int, field: str) -> Iterator[Violation]:
    if not 1 <= count <= MOST_TASKS:
        yield Violation(field, f"{count}: must be from 1 to {MOST_TASKS}.")


def _timeout_problems(timeout: Message, field: str) -> Iterator[Violation]:
    seconds = wire.seconds(timeout).total_seconds()
    if not 0 < seconds <= LONGEST:
        yield Violation(field, f"{seconds:g} s: must be more than 0 and at most {LONGEST} s (168 h).")


def override_problems(overrides: Message, container: Message) -> Iterator[Violation]:
    """What is wrong with the overrides of a run."""
    if overrides.task_count:
        yield from _count_problems(overrides.task_count, "overrides.task_count")
    if overrides.HasField("timeout"):
        yield from _timeout_problems(overrides.timeout, "overrides.timeout")
    if len(overrides.container_overrides) > 1:
        yield Violation("overrides.container_overrides", "the job has one container: override it once.")
    for each in overrides.container_overrides:
        field = "overrides.container_overrides[0]"
        if each.name and each.name != container.name:
            yield Violation(f"{field}.name", f"'{each.name}' is no container of the job.")
        if each.args and each.clear_args:
            yield Violation(f"{field}.clear_args", "args are given and cleared at once.")
        yield from _environment_problems(each.env, f"{field}.env")


def overridden(template: Message, overrides: Message) -> Message:
    """The template of an execution: the job's, with a run's overrides."""
    done = wire.ExecutionTemplate.FromString(template.SerializeToString())
    if overrides.task_count:
        done.task_count = overrides.task_count
        done.parallelism = min(done.parallelism, overrides.task_count)
    if overrides.HasField("timeout"):
        done.template.timeout.CopyFrom(overrides.timeout)
    container = done.template.containers[0]
    for each in overrides.container_overrides:
        if each.args or each.clear_args:
            del container.args[:]
            container.args.extend(each.args)
        _merge(container, each.env)
    return done


def _merge(container: Message, variables: Message) -> None:
    """Environment is merged by name: what the template has stays in its place, what is new comes last."""
    own = {variable.name: variable for variable in container.env}
    for variable in variables:
        if variable.name in own:
            own[variable.name].CopyFrom(variable)
        else:
            container.env.append(variable)
