"""What Cloud Run has for jobs: whether they are ready, and whether they are what they should be."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping
from typing import Any

from deploy import jobs, wording
from deploy.errors import DeployError, Passing
from deploy.google import Missing
from deploy.jobs import Difference, Fields
from deploy.target import Target

_GLANCE = 1.0


def of_state(state: Mapping[str, Any]) -> dict[str, Fields]:
    """The fields of each job that Terraform made, by the job's name; `state` is `terraform show -json`."""
    found = _resources(state.get("values", {}).get("root_module", {}))
    return {each["values"]["name"]: jobs.of_terraform(each["values"]) for each in found if each["type"] == wording.JOB}


def deployed(target: Target, name: str) -> dict[str, Any] | None:
    """A job of the Admin API, None if there is none."""
    try:
        return target.run.get(target.job(name))
    except Missing:
        return None


def compare(target: Target, expected: Mapping[str, Fields]) -> dict[str, list[Difference]]:
    """What differs for each job between what is deployed and what should be."""
    found = {}
    for name, fields in expected.items():
        job = deployed(target, name)
        is_there = Difference(field="job", before=None, after="deployed")
        found[name] = [is_there] if job is None else jobs.differences(jobs.of_api(job), fields)
    return found


def wait(target: Target, expected: Mapping[str, Fields], *, patience: float) -> None:
    """Return when Cloud Run is ready to run each job. Raises DeployError when it says that it cannot, or Passing."""
    give_up = time.monotonic() + patience
    waiting = dict(expected)
    while True:
        waiting = {name: fields for name, fields in waiting.items() if not _is_ready(target, name, fields)}
        if not waiting:
            return
        if time.monotonic() > give_up:
            names = ", ".join(waiting)
            raise Passing(
                f"after {patience:.0f} s Cloud Run has not made ready: {names}. See `verify`, or wait and repeat"
            )
        time.sleep(_GLANCE)


def _is_ready(target: Target, name: str, fields: Fields) -> bool:
    job = deployed(target, name)
    if job is None or job.get("reconciling") or jobs.of_api(job)["image"] != fields["image"]:
        return False
    condition = job.get("terminalCondition", {})
    if condition.get("state") == "CONDITION_FAILED":
        raise DeployError(f"Cloud Run cannot run the job {name}: {condition.get('message', 'it does not say why')}")
    return bool(condition.get("state") == "CONDITION_SUCCEEDED")


def _resources(module: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    yield from module.get("resources", [])
    for below in module.get("child_modules", []):
        yield from _resources(below)
