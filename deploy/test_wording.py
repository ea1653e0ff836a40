from __future__ import annotations

import copy
from typing import Any

from deploy import wording
from deploy.test_jobs import TERRAFORM

DIGESTS = ("a" * 64, "b" * 64)


def job(**changes: Any) -> dict[str, Any]:
    """A job's values, the container's changed so."""
    values: dict[str, Any] = copy.deepcopy(TERRAFORM)
    values["template"][0]["template"][0]["containers"][0].update(changes)
    return values


def change(index: str, actions: list[str], before: object, after: object, kind: str = wording.JOB) -> dict[str, Any]:
    """An entry of a plan."""
    address = f'module.pipeline.module.steps.{kind}.this["{index}"]'
    return {
        "address": address,
        "type": kind,
        "name": "this",
        "index": index,
        "change": {"actions": actions, "before": before, "after": after},
    }


def said(*changes: dict[str, Any]) -> list[str]:
    """The words of a plan with these changes."""
    return wording.words({"resource_changes": list(changes), "output_changes": {"release": {"actions": ["update"]}}})


def test_what_changes_is_said_for_each_step() -> None:
    """Field by field, as people write it; the orchestrator comes after the steps."""
    image = "r.example/p/load@sha256:"
    limits = [{"limits": {"cpu": "1", "memory": "2048Mi"}}]
    env = [{"name": "A", "value": "2", "value_source": []}, {"name": "C", "value": "3", "value_source": []}]
    before = job(image=image + DIGESTS[0])
    assert said(
        change("orchestrator", ["update"], before, job(image=image + DIGESTS[1])),
        change("load", ["update"], before, job(image=image + DIGESTS[1], resources=limits, env=env)),
        change("extract", ["no-op"], before, before),
    ) == [
        "step load is changed",
        "    image load@aaaaaaaaaaaa -> load@bbbbbbbbbbbb",
        "    memory 1Gi -> 2Gi",
        "    env A 1 -> 2",
        "    env C is new: 3",
        "    env B is taken away",
        "    secret DSN is taken away",
        "the orchestrator is changed",
        "    image load@aaaaaaaaaaaa -> load@bbbbbbbbbbbb",
    ]


def test_new_and_old_jobs_are_a_line_each() -> None:
    """With what matters of a new one."""
    assert said(
        change("gone", ["delete"], job(), None), change("new", ["create"], None, job(image=f"r/x@sha256:{DIGESTS[0]}"))
    ) == [
        "step gone is deleted",
        "step new is made: image x@aaaaaaaaaaaa, cpu 1, memory 1Gi, timeout 10m, tasks 2",
    ]


def test_the_schedule_is_said() -> None:
    """Its time, and whether it is on."""
    values = {"name": "quakes", "schedule": "1 0 * * *", "time_zone": "America/New_York", "paused": False}
    paused = {**values, "paused": True}
    assert said(change("", ["update"], values, paused, wording.SCHEDULE)) == [
        "schedule quakes is changed",
        "    state on -> paused",
    ]


def test_everything_else_is_counted_and_what_cannot_come_back_is_named() -> None:
    """A bucket that is deleted takes along what it holds."""
    kind = "google_storage_bucket"
    assert said(
        *(change(each, ["create"], None, {}, "google_service_account") for each in "ab"),
        change("events", ["delete", "create"], {}, {}, kind),
    ) == [
        "besides, made: 2 service account",
        "besides, replaced: 1 storage bucket",
        f'CAREFUL: what module.pipeline.module.steps.{kind}.this["events"] holds is lost',
    ]


def test_nothing_is_said_to_be_nothing() -> None:
    """What Terraform only reads is no change, and what it notes of itself none that people see."""
    read = change("x", ["read"], None, {}, "google_project")
    assert wording.words({"resource_changes": [read], "output_changes": {"a": {"actions": ["no-op"]}}}) == [
        "Nothing changes."
    ]
    assert said(read) == ["Nothing changes but what Terraform notes of it."]
