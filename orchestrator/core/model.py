"""The values that everything else talks about: the resolved pipeline and the release it is deployed with.

Frozen, without behaviour beyond their own invariants. Text becomes a Pipeline in `spec`; what happens to a run is in
`events` and `states`.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

ORCHESTRATOR: Final = "orchestrator"
"""What is deployed of the orchestrator is called so, beside what is called as the steps are; no step may be."""


class When(enum.StrEnum):
    """On which outcome of the steps that it needs a step starts."""

    ALL_SUCCESS = "all_success"
    ALL_DONE = "all_done"


class AlertKind(enum.StrEnum):
    """What somebody can be told of; `alerts/rules.py` says when it is."""

    FAILED = "failed"
    RETRIED = "retried"
    LATE = "late"
    RECOVERED = "recovered"
    SUMMARY = "summary"


@dataclass(frozen=True, slots=True, kw_only=True)
class Schedule:
    """When a run is due. The logical date is the trigger's local day in `time_zone` minus `offset_days`.

    `catch_up` is how many missed days before the due one a scheduled trigger runs first; a log of an older version has
    none.
    """

    cron: str
    time_zone: str
    offset_days: int
    catch_up: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Backoff:
    """Delay before attempt n + 1: initial * factor ** (n - 1), at most `maximum`, then jittered."""

    initial: timedelta
    factor: float
    maximum: timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Retry:
    """`attempts` counts the first try. `exit_codes` is None for every code but those that mean "do not"."""

    attempts: int
    backoff: Backoff
    exit_codes: frozenset[int] | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Output:
    """A named output of a step and how old it may become before somebody should be told."""

    name: str
    freshness: timedelta | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One node of the pipeline, every default resolved. `memory_mib` is MiB; `image` is set for foreign images only."""

    name: str
    description: str
    needs: tuple[str, ...]
    when: When
    tasks: int
    parallelism: int
    cpu: int
    memory_mib: int
    timeout: timedelta
    retry: Retry
    env: Mapping[str, str]
    secrets: Mapping[str, str]
    outputs: tuple[Output, ...]
    image: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class AlertRule:
    """Of what to tell where. `webhook` names the secret whose value is the address, never the address itself."""

    tell: tuple[AlertKind, ...]
    webhook: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Pipeline:
    """The resolved pipeline: `steps` in the order of the file; `parallelism` is how many steps run at once."""

    name: str
    description: str
    schedule: Schedule
    deadline: timedelta
    parallelism: int
    steps: Mapping[str, Step]
    alerts: tuple[AlertRule, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Image:
    """What a program runs from: `ref` is a registry reference by digest, `layout:PATH`, or `process:` (no image)."""

    ref: str
    digest: str
    command: tuple[str, ...]


def secret_variable(secret: str) -> str:
    """The environment variable in which the deployed orchestrator finds a secret of its own."""
    return f"NIGHTJAR_SECRET_{secret.upper().replace('-', '_')}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Release:
    """The resolved pipeline and the images that are deployed together; the value of release.json.

    `images` is the steps'; `orchestrator` is what drives them, which a log of an older version does not name.
    """

    revision: str
    dirty: bool
    locks: Mapping[str, str]
    pipeline: Pipeline
    images: Mapping[str, Image]
    orchestrator: Image | None = None
