"""One claim an attempt: what keeps two executions of the same attempt from both doing its work.

Starting a job is at least once, so a second execution of an attempt can come up at any time, minutes later too. The
claim is created before any work and never removed: a further try of the step is a further attempt with its own claim.
It also records the attempt's public environment, from which `alone` repeats the step for a person.
"""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from dataclasses import replace

from steps.kit import codec, contract, layout
from steps.kit.context import Context
from steps.kit.contract import RunId
from steps.kit.results import generations
from steps.kit.storage import Storage


def claim[S](context: Context[S], storage: Storage) -> bool:
    """Take this task of this attempt. False when another execution has it."""
    # A store's client repeats a create whose answer was lost, and is then told that the object exists. The nonce
    # tells one's own claim from another's.
    body = codec.encode(
        {"attempt": str(context.attempt), "environment": context.public, "nonce": secrets.token_hex(16)}
    )
    key = layout.claim_key(context.attempt, task_index=context.task_index)
    return storage.create(key, body) or storage.read(key) == body


def last_environment(storage: Storage, run: RunId, step: str) -> Mapping[str, str]:
    """The public environment of the newest attempt of a step in `run` or an earlier generation of its date.

    Of a step that never ran, what any other step of the date was given about the run: its time zone.
    """
    for generation in reversed(generations(storage, run)):
        found = _environment(storage, replace(run, generation=generation), step)
        if found:
            return found
    for other in storage.folders(layout.run_folder(run)):
        found = _environment(storage, run, other)
        if found:
            return {name: text for name, text in found.items() if name == contract.TIME_ZONE}
    return {}


def _environment(storage: Storage, run: RunId, step: str) -> Mapping[str, str]:
    """What the newest attempt of a step in one run was given; empty when there was none."""
    folder = layout.claims_folder(run, step)
    claims = sorted(found for name in storage.names(folder) if (found := layout.parse_claim_name(name)) is not None)
    if not claims:
        return {}
    attempt, task = claims[-1]
    value = codec.decode(storage.read(f"{folder}/{attempt}-{task}") or b"{}")
    return {str(name): str(text) for name, text in value.get("environment", {}).items()}
