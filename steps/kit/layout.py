"""Where things lie in the object store: keys only, no I/O.

    objects/sha256/DIGEST                                                       content, put once
    runs/PIPELINE/DATE/GENERATION/STEP/manifest-TASK-of-TASKS.json              what a step says that it published
    runs/PIPELINE/DATE/GENERATION/STEP/claims/ATTEMPT-TASK                      who works on it

Published layouts stay: whoever changes one writes a reader for the old one first.
"""

from __future__ import annotations

import datetime as dt
import re
from typing import Final

from steps.kit.contract import AttemptId, RunId

RUNS: Final = "runs"

_MANIFEST: Final = re.compile(r"manifest-(0|[1-9]\d*)-of-([1-9]\d*)\.json")
_CLAIM: Final = re.compile(r"([1-9]\d*)-(0|[1-9]\d*)")


def object_key(digest: str) -> str:
    """Content by its sha256 in hexadecimal digits."""
    return f"objects/sha256/{digest}"


def date_folder(pipeline: str, date: dt.date) -> str:
    """All generations of a pipeline's logical date."""
    return f"{RUNS}/{pipeline}/{date.isoformat()}"


def run_folder(run: RunId) -> str:
    """All that the steps of one run published."""
    return f"{date_folder(run.pipeline, run.logical_date)}/{run.generation:04d}"


def step_folder(run: RunId, step: str) -> str:
    """All that one step published in one run."""
    return f"{run_folder(run)}/{step}"


def manifest_key(run: RunId, step: str, *, task_index: int, task_count: int) -> str:
    """The manifest of one task."""
    return f"{step_folder(run, step)}/manifest-{task_index}-of-{task_count}.json"


def parse_manifest_name(name: str) -> tuple[int, int] | None:
    """Task index and count of a manifest's file name, None for any other name."""
    match = _MANIFEST.fullmatch(name)
    return None if match is None else (int(match[1]), int(match[2]))


def claims_folder(run: RunId, step: str) -> str:
    """The claims of all attempts of a step in one run."""
    return f"{step_folder(run, step)}/claims"


def claim_key(attempt: AttemptId, *, task_index: int) -> str:
    """The claim of one task of one attempt."""
    return f"{claims_folder(attempt.run, attempt.step)}/{attempt.number}-{task_index}"


def parse_claim_name(name: str) -> tuple[int, int] | None:
    """Attempt number and task index of a claim's name, None for any other name."""
    match = _CLAIM.fullmatch(name)
    return None if match is None else (int(match[1]), int(match[2]))
