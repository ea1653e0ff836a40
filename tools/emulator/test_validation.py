from __future__ import annotations

from typing import Any

import pytest

from tools.emulator import validation, wire
from tools.emulator.quantities import MEMORY_OF_CPU, MIB


def job(*, execution: dict[str, Any] | None = None, task: dict[str, Any] | None = None, **container: Any) -> Any:
    """A completed job that is fine but for what is given."""
    only = {"image": "process:", "command": ["/bin/true"], **container}
    made = wire.Job(template={"template": {"containers": [only], **(task or {})}, **(execution or {})})
    return validation.completed(made)


def problems(of: Any, volumes: tuple[str, ...] = ()) -> list[str]:
    """The fields that are refused."""
    return [each.field.rpartition(".")[2] for each in validation.job_problems(of, volumes=volumes)]


def limits(cpu: str, memory: str) -> dict[str, Any]:
    """Resources of a container."""
    return {"limits": {"cpu": cpu, "memory": memory}}


def variables(count: int) -> list[dict[str, str]]:
    """So many variables."""
    return [{"name": f"V{number}", "value": "x"} for number in range(count)]


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (job(), []),
        (job(execution={"task_count": 10_000, "parallelism": 10_000}), []),
        (job(execution={"task_count": 10_001}), ["task_count"]),
        (job(execution={"task_count": -1}), ["task_count", "parallelism"]),
        (job(execution={"task_count": 2, "parallelism": 3}), ["parallelism"]),
        (job(task={"max_retries": 10}), []),
        (job(task={"max_retries": 11}), ["max_retries"]),
        (job(task={"timeout": {"seconds": 604_800}}), []),
        (job(task={"timeout": {"seconds": 604_801}}), ["timeout"]),
        (job(task={"timeout": {}}), ["timeout"]),
        (job(image=""), ["image"]),
        (job(command=[]), ["command"]),
        (job(working_dir="/x"), ["working_dir"]),
        (job(resources=limits("1", "4Gi")), []),
        (job(resources=limits("1000m", "536870912")), []),
        (job(resources=limits("3", "4Gi")), ["cpu"]),
        (job(resources=limits("500m", "512Mi")), ["cpu"]),
        (job(resources=limits("1", "lots")), ["memory"]),
        (job(resources={"limits": {"nvidia.com/gpu": "1"}}), ["com/gpu"]),
        (job(env=variables(1000)), []),
        (job(env=variables(1001)), ["env"]),
        (job(env=[{"name": "A", "value": "x" * 32_769}]), ["env"]),
        (job(env=[{"name": "A", "value": "ü" * 16_384}]), []),
        (job(env=[{"name": "A"}, {"name": "A"}]), ["env"]),
        (job(env=[{"name": "A=B"}, {"name": ""}]), ["env", "env"]),
        (job(env=[{"name": "CLOUD_RUN_TASK_INDEX", "value": "1"}]), ["env"]),
        (job(env=[{"name": "A", "value_source": {}}]), ["env"]),
        (job(volume_mounts=[{"name": "v", "mount_path": "/v"}]), ["volume_mounts"]),
        (job(task={"volumes": [{"name": "v", "gcs": {"bucket": "b"}}]}), ["volumes"]),
    ],
)  # fmt: skip
def test_jobs_keep_to_the_platforms_limits(wrong: Any, fields: list[str]) -> None:
    """The last value that is possible, and the first that is not."""
    assert problems(wrong) == fields


@pytest.mark.parametrize("cpu", sorted(MEMORY_OF_CPU))
def test_memory_belongs_to_cpu(cpu: int) -> None:
    """Least and most are possible, one MiB less or more is not."""
    least, most = (size // MIB for size in MEMORY_OF_CPU[cpu])
    for size, fields in ((least, []), (most, []), (least - 1, ["memory"]), (most + 1, ["memory"])):
        assert problems(job(resources=limits(str(cpu), f"{size}Mi"))) == fields


@pytest.mark.parametrize(
    ("name", "good"),
    [("a", True), ("toy-load-all", True), ("a" * 57, True), ("a" * 58, False), ("Toy", False), ("1toy", False),
     ("toy-", False), ("toy_load", False), ("", False)],
)  # fmt: skip
def test_names_leave_room_for_those_of_executions(name: str, good: bool) -> None:  # noqa: FBT001 - a case's expectation.
    """Lower case, digits and dashes, and 63 characters with the suffix."""
    assert ([*validation.name_problems(name)] == []) is good


def overrides(**fields: Any) -> Any:
    """Overrides of a run."""
    return wire.RunJobRequest(overrides=fields).overrides


@pytest.mark.parametrize(
    ("wrong", "fields"),
    [
        (overrides(), []),
        (overrides(task_count=10_001), ["task_count"]),
        (overrides(timeout={"seconds": -1}), ["timeout"]),
        (overrides(container_overrides=[{"name": "other"}]), ["name"]),
        (overrides(container_overrides=[{}, {}]), ["container_overrides"]),
        (overrides(container_overrides=[{"args": ["x"], "clear_args": True}]), ["clear_args"]),
        (overrides(container_overrides=[{"env": [{"name": "CLOUD_RUN_JOB"}]}]), ["env"]),
    ],
)
def test_overrides_keep_to_the_limits(wrong: Any, fields: list[str]) -> None:
    """Those that there are; nothing else of a job can be overridden."""
    container = job(name="main").template.template.containers[0]
    found = [each.field.rpartition(".")[2] for each in validation.override_problems(wrong, container)]
    assert found == fields


def test_cleared_arguments_are_not_those_of_the_job() -> None:
    """An empty list means that nothing is overridden; to clear has a flag of its own."""
    template = job(args=["a"]).template
    for fields, expected in (({}, ["a"]), ({"clear_args": True}, []), ({"args": ["b"]}, ["b"])):
        done = validation.overridden(template, overrides(container_overrides=[fields]))
        assert list(done.template.containers[0].args) == expected
    assert list(template.template.containers[0].args) == ["a"]
