"""A Cloud Run job as a list of named texts, made of Terraform's values or of the Admin API's answer, to be compared.

Both write the same thing in several ways: 1024Mi and 1Gi, "1" and "1000m", a secret by its name or by its path. Pure.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

from orchestrator.core.units import show_duration, show_memory

UNKNOWN: Final = "known when it is applied"

type Fields = Mapping[str, str]
"""What there is to a job, in people's words: image, cpu, `env NAME`, `secret NAME`, …"""

_MEMORY = re.compile(r"(\d+)(Mi|Gi|M|G|Ki|K)?")
_MIB: Final = {"Mi": 1.0, "Gi": 1024.0, "M": 1e6 / 2**20, "G": 1e9 / 2**20, "Ki": 2**-10, "K": 1e3 / 2**20}


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """A field that is not the same; None where it is not there."""

    field: str
    before: str | None
    after: str | None


def differences(before: Fields, after: Fields) -> list[Difference]:
    """The fields that differ, in the order of `after`, those that are gone last."""
    return [
        Difference(field=field, before=before.get(field), after=after.get(field))
        for field in dict.fromkeys((*after, *before))
        if before.get(field) != after.get(field)
    ]


def of_terraform(values: Mapping[str, Any]) -> Fields:
    """The fields of a `google_cloud_run_v2_job`, planned or in the state."""
    template = _first(values["template"])
    task = _first(template["template"])
    container = _first(task["containers"])
    limits = (_first(container.get("resources")) or {}).get("limits") or {}
    environment = container.get("env") or []
    references = {
        each["name"]: _first(_first(each["value_source"])["secret_key_ref"])
        for each in _with(environment, "value_source")
    }
    return _fields(
        image=container.get("image"),
        command=container.get("command"),
        arguments=container.get("args"),
        limits=limits,
        tasks=template.get("task_count"),
        parallelism=template.get("parallelism"),
        timeout=task.get("timeout"),
        retries=task.get("max_retries"),
        account=task.get("service_account"),
        env={each["name"]: each.get("value") for each in environment if each["name"] not in references},
        secrets={name: (reference["secret"], reference["version"]) for name, reference in references.items()},
    )


def of_api(job: Mapping[str, Any]) -> Fields:
    """The fields of a Job of the Admin API v2, as JSON."""
    template = job["template"]
    task = template["template"]
    (container, *_) = task["containers"]
    environment = container.get("env", [])
    references = {each["name"]: each["valueSource"]["secretKeyRef"] for each in _with(environment, "valueSource")}
    return _fields(
        image=container.get("image"),
        command=container.get("command"),
        arguments=container.get("args"),
        limits=container.get("resources", {}).get("limits", {}),
        tasks=template.get("taskCount", 1),
        parallelism=template.get("parallelism", 0),
        timeout=task.get("timeout"),
        retries=task.get("maxRetries", 0),
        account=task.get("serviceAccount", ""),
        env={each["name"]: each.get("value", "") for each in environment if each["name"] not in references},
        secrets={
            name: (reference["secret"], reference.get("version", "latest")) for name, reference in references.items()
        },
    )


def _fields(
    *,
    image: str | None,
    command: Iterable[str] | None,
    arguments: Iterable[str] | None,
    limits: Mapping[str, str],
    tasks: int | None,
    parallelism: int | None,
    timeout: str | None,
    retries: int | None,
    account: str | None,
    env: Mapping[str, str | None],
    secrets: Mapping[str, tuple[str | None, str | None]],
) -> Fields:
    return {
        "image": _known(image),
        "command": _words(command),
        "arguments": _words(arguments),
        "cpu": _cpu(limits.get("cpu")),
        "memory": _memory(limits.get("memory")),
        "timeout": _duration(timeout),
        "tasks": _known(tasks),
        "parallelism": _known(parallelism),
        "retries": _known(retries),
        "service account": _known(account),
        **{f"env {name}": _known(env[name]) for name in sorted(env)},
        **{f"secret {name}": _reference(*secrets[name]) for name in sorted(secrets)},
    }


def _first(value: Any) -> Any:
    """The one entry of a block, which Terraform has as a list."""
    return value[0] if value else None


def _with(environment: Iterable[Mapping[str, Any]], key: str) -> list[Mapping[str, Any]]:
    return [each for each in environment if each.get(key)]


def _known(value: object) -> str:
    return UNKNOWN if value is None else str(value)


def _words(value: Iterable[str] | None) -> str:
    return " ".join(value or ()) or "of the image"


def _cpu(text: str | None) -> str:
    if text is None:
        return UNKNOWN
    return f"{int(text[:-1]) / 1000:g}" if text.endswith("m") else text


def _memory(text: str | None) -> str:
    match = _MEMORY.fullmatch(text or "")
    if match is None:
        return text or UNKNOWN
    mib = float(match[1]) * (_MIB[match[2]] if match[2] else 2**-20)
    return show_memory(int(mib)) if mib.is_integer() else str(text)


def _duration(text: str | None) -> str:
    if text is None:
        return UNKNOWN
    return show_duration(timedelta(seconds=float(text.removesuffix("s"))))


def _reference(secret: str | None, version: str | None) -> str:
    return f"{(secret or UNKNOWN).rpartition('/')[2]}, version {version or 'latest'}"
