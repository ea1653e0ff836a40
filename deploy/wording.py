"""Terraform's plan in people's words: what changes for each step and for the schedule, and what else there is. Pure."""

from __future__ import annotations

import collections
from collections.abc import Iterator, Mapping
from typing import Any, Final

from deploy import jobs
from deploy.jobs import UNKNOWN, Difference, Fields
from orchestrator.core.model import ORCHESTRATOR

JOB: Final = "google_cloud_run_v2_job"
SCHEDULE: Final = "google_cloud_scheduler_job"
NOTHING: Final = "Nothing changes."

_KEPT: Final = ("google_sql_", "google_storage_bucket", "google_secret_manager_secret", "google_artifact_registry_")
"""What holds something that Terraform cannot make again."""
_SHOWN: Final = ("image", "cpu", "memory", "timeout", "tasks", "time", "state")
"""What is said of a job or a schedule that is new."""
_DIGEST: Final = 12
_LONG: Final = 60
_VERBS: Final = {
    ("create",): "made",
    ("update",): "changed",
    ("delete",): "deleted",
    ("delete", "create"): "replaced",
    ("create", "delete"): "replaced",
    ("forget",): "left alone from now on",
}


def words(plan: Mapping[str, Any]) -> list[str]:
    """The lines that say what a plan does; the first says whether it does anything."""
    changes = [change for change in plan.get("resource_changes", []) if _actions(change) in _VERBS]
    if not changes:
        return [NOTHING] if not _outputs(plan) else ["Nothing changes but what Terraform notes of it."]
    mine = [change for change in changes if change["type"] in {JOB, SCHEDULE}]
    lines = [line for change in sorted(mine, key=_order) for line in _of_one(change)]
    return [*lines, *_others([change for change in changes if change not in mine]), *_careful(changes)]


def outputs(plan: Mapping[str, Any]) -> dict[str, Any]:
    """What the configuration tells of itself, as far as it is known."""
    planned = plan.get("planned_values", {}).get("outputs", {})
    return {name: output.get("value") for name, output in planned.items()}


def _actions(change: Mapping[str, Any]) -> tuple[str, ...]:
    return tuple(change["change"]["actions"])


def _outputs(plan: Mapping[str, Any]) -> bool:
    return any(change["actions"] != ["no-op"] for change in plan.get("output_changes", {}).values())


def _key(change: Mapping[str, Any]) -> str:
    return str(change.get("index", change["name"]))


def _order(change: Mapping[str, Any]) -> tuple[int, str]:
    """Steps, then the orchestrator, then the schedule."""
    rank = 2 if change["type"] == SCHEDULE else int(_key(change) == ORCHESTRATOR)
    return rank, _key(change)


def _of_one(change: Mapping[str, Any]) -> Iterator[str]:
    read = jobs.of_terraform if change["type"] == JOB else _schedule
    before, after = (read(values) if (values := change["change"][side]) else {} for side in ("before", "after"))
    name = _name(change)
    verb = _VERBS[_actions(change)]
    if not before:
        first = ", ".join(f"{field} {_short(field, after[field])}" for field in _SHOWN if field in after)
        yield f"{name} is {verb}: {first}"
        return
    if not after:
        yield f"{name} is {verb}"
        return
    changed = jobs.differences(before, after)
    yield f"{name} is {verb}" + ("" if changed else " in what people do not see")
    yield from (f"    {_difference(each)}" for each in changed)


def _name(change: Mapping[str, Any]) -> str:
    if change["type"] == SCHEDULE:
        values = change["change"]["after"] or change["change"]["before"]
        return f"schedule {values['name']}"
    return "the orchestrator" if _key(change) == ORCHESTRATOR else f"step {_key(change)}"


def _schedule(values: Mapping[str, Any]) -> Fields:
    return {
        "time": f"{values.get('schedule')} {values.get('time_zone')}",
        "state": "paused" if values.get("paused") else "on",
        "target": str(((values.get("http_target") or [{}])[0] or {}).get("uri")),
    }


def _difference(each: Difference) -> str:
    if each.before is None:
        return f"{each.field} is new: {_short(each.field, each.after)}"
    if each.after is None:
        return f"{each.field} is taken away"
    return f"{each.field} {_short(each.field, each.before)} -> {_short(each.field, each.after)}"


def _short(field: str, text: str | None) -> str:
    """An image by the beginning of its digest, a long value by its ends."""
    if field == "image" and text is not None and "@sha256:" in text:
        name, _, digest = text.rpartition("@sha256:")
        return f"{name.rpartition('/')[2]}@{digest[:_DIGEST]}"
    if text is not None and len(text) > _LONG:
        return f"{text[: _LONG // 2]}…{text[-_LONG // 2 :]}"
    return text or UNKNOWN


def _others(changes: list[Mapping[str, Any]]) -> Iterator[str]:
    """Everything else, counted."""
    counts = collections.Counter((_VERBS[_actions(change)], _kind(change["type"])) for change in changes)
    for verb in dict.fromkeys(_VERBS.values()):
        if found := [f"{number} {kind}" for (each, kind), number in sorted(counts.items()) if each == verb]:
            yield f"besides, {verb}: {', '.join(found)}"


def _kind(resource: str) -> str:
    return resource.removeprefix("google_").replace("_", " ")


def _careful(changes: list[Mapping[str, Any]]) -> Iterator[str]:
    for change in changes:
        if "delete" in _actions(change) and change["type"].startswith(_KEPT):
            yield f"CAREFUL: what {change['address']} holds is lost"
