"""What a step and the orchestrator promise each other: names, exit codes and identities.

This is the only file that both sides import, so it imports nothing but the standard library and does no I/O.
A step reads the environment named here (`steps.kit.context`), the orchestrator writes it (`orchestrator.runners`).
"""

from __future__ import annotations

import datetime as dt
import enum
import itertools
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import zoneinfo

RUN: Final = "NIGHTJAR_RUN"
"""The run's id, see `RunId`."""
STEP: Final = "NIGHTJAR_STEP"
ATTEMPT: Final = "NIGHTJAR_ATTEMPT"
"""The attempt's id, `run/step/number`: what a restarted orchestrator looks for, and what the step claims."""
LOGICAL_DATE: Final = "NIGHTJAR_LOGICAL_DATE"
"""ISO date of the local calendar day whose data the run processes."""
TIME_ZONE: Final = "NIGHTJAR_TIME_ZONE"
"""IANA name of the zone in which the logical date is a calendar day."""
STORAGE: Final = "NIGHTJAR_STORAGE"
"""URL of the object store that holds objects, manifests and claims (`file://`, `gs://`)."""
PROJECT: Final = "NIGHTJAR_PROJECT"
"""Id of the Google Cloud project, where there is one; lines of a log are joined by it."""
TASK_INDEX: Final = "CLOUD_RUN_TASK_INDEX"
TASK_COUNT: Final = "CLOUD_RUN_TASK_COUNT"

RESERVED: Final = frozenset(
    {RUN, STEP, ATTEMPT, LOGICAL_DATE, TIME_ZONE, STORAGE, PROJECT, "NIGHTJAR_STORE", "PORT", "HOME"}
)
"""Environment names that a pipeline may not set for a step."""
RESERVED_PREFIXES: Final = ("CLOUD_RUN_", "K_", "X_GOOGLE_")

NAME: Final = re.compile(r"[a-z](?:[a-z0-9-]{0,38}[a-z0-9])?")
"""Names of pipelines."""
STEP_NAME: Final = re.compile(r"[a-z](?:[a-z0-9_]{0,38}[a-z0-9])?")
"""Names of steps: the same word is the step's folder, Bazel package and Python module, so there is no dash in it."""
JOB_NAME_LENGTH: Final = 49
"""Cloud Run ends names at 63 characters and makes the name of an execution from that of its job."""

LINE_BYTES: Final = 200_000
"""Cloud Logging cuts an entry at 256 KB, what it adds itself included."""
_SHORTENED: Final = (20_000, 2_000, 200)

_RUN_ID: Final = re.compile(
    rf"(?P<pipeline>{NAME.pattern})-(?P<date>\d{{4}}-\d{{2}}-\d{{2}})-g(?P<generation>[1-9]\d*)"
)


class Exit(enum.IntEnum):
    """Exit codes of a step; the numbers are those of sysexits.h. Any other code is as the spec's `retry` says."""

    DONE = 0
    USAGE = 64
    BAD_DATA = 65
    AGAIN = 75
    CONFIGURATION = 78


@dataclass(frozen=True, slots=True, order=True)
class RunId:
    """Identity of a run: one pipeline, one logical date, one generation (1 for the first run of the date)."""

    pipeline: str
    logical_date: dt.date
    generation: int

    def __str__(self) -> str:
        return f"{self.pipeline}-{self.logical_date.isoformat()}-g{self.generation}"

    @classmethod
    def parse(cls, text: str) -> RunId:
        """Read the form that `str` writes. Raises ValueError that names the text."""
        match = _RUN_ID.fullmatch(text)
        if match is None:
            raise ValueError(f"{text!r} is not a run id: expected PIPELINE-YYYY-MM-DD-gN")
        return cls(match["pipeline"], dt.date.fromisoformat(match["date"]), int(match["generation"]))


@dataclass(frozen=True, slots=True, order=True)
class AttemptId:
    """Identity of one try of a step. It is derived, never drawn, so that it can be recomputed after a crash."""

    run: RunId
    step: str
    number: int

    def __str__(self) -> str:
        return f"{self.run}/{self.step}/{self.number}"

    @classmethod
    def parse(cls, text: str) -> AttemptId:
        """Read the form that `str` writes. Raises ValueError that names the text."""
        run, _, rest = text.partition("/")
        step, _, number = rest.partition("/")
        if STEP_NAME.fullmatch(step) is None or re.fullmatch(r"[1-9]\d*", number) is None:
            raise ValueError(f"{text!r} is not an attempt id: expected RUN/STEP/NUMBER")
        return cls(RunId.parse(run), step, int(number))


def job_name(pipeline: str, step: str) -> str:
    """Name of the Cloud Run job of a step. Cloud Run knows no underscore, and the name of a step no dash."""
    return f"{pipeline}-{step.replace('_', '-')}"


def trace(run: str, attempt: str = "", *, project: str = "") -> dict[str, str]:
    """The fields of a log line by which Cloud Logging shows the lines of one run, and of one attempt, together.

    Orchestrator and steps derive the same ids; nothing is traced but what is logged. Empty for a line without a run.
    """
    if not run:
        return {}
    whole = _hex(run, 32)
    fields = {"logging.googleapis.com/trace": f"projects/{project}/traces/{whole}" if project else whole}
    return fields | ({"logging.googleapis.com/spanId": _hex(attempt, 16)} if attempt else {})


def log_line(entry: Mapping[str, object]) -> str:
    """An entry as one line of JSON in ASCII, below the limit: long texts are cut, then the last fields left out.

    What JSON cannot hold is written as its text.
    """
    line = json.dumps(entry, default=str)
    for most in _SHORTENED:
        if len(line) <= LINE_BYTES:
            return line
        line = json.dumps(_shortened(json.loads(line), most))
    return line if len(line) <= LINE_BYTES else json.dumps(_first(json.loads(line)))


def day_bounds(day: dt.date, zone: zoneinfo.ZoneInfo) -> tuple[dt.datetime, dt.datetime]:
    """The first instant of a local calendar day and of the next one, in UTC; 23, 24 or 25 hours apart."""
    start, end = (
        dt.datetime.combine(date, dt.time(), tzinfo=zone).astimezone(dt.UTC)
        for date in (day, day + dt.timedelta(days=1))
    )
    return start, end


def _hex(text: str, digits: int) -> str:
    import hashlib  # noqa: PLC0415  (it loads OpenSSL, for which a command that only looks should not wait)

    return hashlib.sha256(text.encode()).hexdigest()[:digits]


def _first(entry: Mapping[str, object]) -> dict[str, object]:
    """As many of the first fields as a line has room for."""
    ends = itertools.accumulate(len(json.dumps({name: value})) for name, value in entry.items())
    return {name: value for (name, value), end in zip(entry.items(), ends, strict=True) if end <= LINE_BYTES}


def _shortened(value: Any, most: int) -> Any:
    """A JSON value whose texts and lists have at most so many characters and items."""
    match value:
        case str() if len(value) > most:
            return f"{value[:most]}… ({len(value):,} characters)"
        case list():
            return [_shortened(each, most) for each in value[:most]]
        case dict():
            return {key: _shortened(each, most) for key, each in value.items()}
        case _:
            return value
