"""A Cloud Run on this machine: the emulator, with a job for each step of the release and one for the orchestrator.

A run is triggered as Cloud Scheduler does it, by one call of RunJob for the orchestrator's job; the orchestrator runs
from its own image and starts the steps' jobs through Google's client. What an emulator kept is never used by the next
one: the services that its executions needed are gone with it, so they are lost, and are tried again.
"""

from __future__ import annotations

import contextlib
import dataclasses
import json
import pathlib
import re
import shutil
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

import httpx

from deploy import children
from deploy.children import Child
from deploy.files import write
from deploy.place import Place, PlaceError
from orchestrator.core import release as releases
from orchestrator.core.model import ORCHESTRATOR, Pipeline, Release, secret_variable
from orchestrator.core.release import LAYOUT
from steps.kit.contract import job_name

PROJECT = "nightjar-local"
REGION = "this-machine1"

_PARENT = f"projects/{PROJECT}/locations/{REGION}"
_START_SECONDS = 120.0
"""For an emulator that has every image to unpack, on a machine that has other things to do."""
_STOP_SECONDS = 15.0
_CALL_SECONDS = 120.0
"""Making a job unpacks its image, which a busy machine takes its time for."""
_GLANCE = 0.1
_KEPT = 5
_MARGIN_SECONDS = 600
_MOST_SECONDS = 168 * 3600
_ADDRESS = re.compile(r"^127\.0\.0\.1:\d+$", re.MULTILINE)
_AGAIN = 75


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalCloud:
    """A Cloud Run that answers at `address`."""

    child: Child
    address: str
    folder: pathlib.Path
    http: httpx.Client

    def deploy(self, name: str, job: Mapping[str, Any]) -> None:
        """Make a job, or change it."""
        self._call("PATCH", f"{_PARENT}/jobs/{name}?allowMissing=true", job)

    def trigger(self, name: str) -> Execution:
        """Run a job, as Cloud Scheduler does."""
        return Execution(cloud=self, name=self._call("POST", f"{_PARENT}/jobs/{name}:run")["metadata"]["name"])

    def get(self, name: str) -> dict[str, Any]:
        """A resource as it is now."""
        return self._call("GET", name)

    def cancel(self, execution: str) -> None:
        """Ask for the end of an execution."""
        self._call("POST", f"{execution}:cancel")

    def _call(self, verb: str, path: str, body: Mapping[str, Any] | None = None) -> dict[str, Any]:
        try:
            response = self.http.request(verb, f"/v2/{path}", json=body)
        except httpx.HTTPError as error:
            raise PlaceError(f"the local Cloud Run does not answer {verb} {path}: {error}") from error
        if response.is_error:
            raise PlaceError(f"the local Cloud Run refuses {verb} {path}: {response.text}")
        answer: dict[str, Any] = response.json()
        return answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Execution:
    """An execution of the orchestrator's job."""

    cloud: LocalCloud
    name: str

    @property
    def ended(self) -> bool:
        """Whether nothing of it runs any more, and nothing will."""
        return "completionTime" in self.cloud.get(self.name)

    def code(self) -> int:
        """The exit code of its last attempt, once it has ended; 75 where it left none."""
        if self.cloud.get(self.name).get("succeededCount"):
            return 0
        (task,) = self.cloud.get(f"{self.name}/tasks")["tasks"]
        # JSON leaves a zero out, and what was killed or cancelled has none.
        return int(task.get("lastAttemptResult", {}).get("exitCode", _AGAIN))

    def words(self) -> list[str]:
        """What its last attempt said beside the events, which `watch` tells."""
        task = self.cloud.folder / "attempts" / self.name.rpartition("/")[2] / "0"
        last = max(task.iterdir(), key=lambda each: int(each.name))
        lines = (last / "task-0.stderr").read_text(encoding="utf-8").splitlines()
        return [said for line in lines if (said := _said(line))]

    def stop(self) -> None:
        """Let the orchestrator leave its run resumable."""
        with contextlib.suppress(PlaceError):
            self.cloud.cancel(self.name)
            give_up = time.monotonic() + _STOP_SECONDS
            while not self.ended and time.monotonic() < give_up:
                time.sleep(_GLANCE)


@contextmanager
def local_cloud(
    place: Place,
    release: Release,
    values: Mapping[str, Mapping[str, str]],
    *,
    emulator: pathlib.Path,
    root: pathlib.Path,
) -> Iterator[LocalCloud]:
    """Start it with the jobs of a release. `values` are the `env` and `secrets` of this place."""
    folder = _folder(place)
    jobs, secrets, log = folder / "jobs.json", folder / "secrets.json", folder / "emulator.log"
    write(jobs, releases.dumps(_with_env(release, values["env"])))
    versions = {name: {"versions": {"1": value}} for name, value in values["secrets"].items()}
    write(secrets, json.dumps(versions), mode=0o600)
    command: list[str | pathlib.Path] = [emulator, "--state", folder, "--project", PROJECT, "--region", REGION]
    command += ["--jobs", jobs, "--root", root, "--secrets", secrets, "--volume", f"state={place.folder}"]
    child = children.start("the local Cloud Run", command, log=log, environ=children.environ())
    try:
        address = _address(child, log)
        with httpx.Client(base_url=f"http://{address}", timeout=_CALL_SECONDS, trust_env=False) as http:
            yield LocalCloud(child=child, address=address, folder=folder, http=http)
    finally:
        child.stop(patience=_STOP_SECONDS)


def orchestrator_job(
    cloud: LocalCloud,
    place: Place,
    release: Release,
    *,
    root: pathlib.Path,
    arguments: Sequence[str],
    secrets: Sequence[str],
) -> dict[str, Any]:
    """The job of the orchestrator, as Terraform makes it; its state is a volume instead of a bucket.

    Its image is the release's, which lies below `root`.
    """
    where = ["--project", PROJECT, "--region", REGION, "--endpoint", cloud.address]
    keeps = ["--release", str(place.release), "--state", str(place.folder), "--log-format", "json"]
    deadline = int(release.pipeline.deadline.total_seconds())
    container = {
        "image": _reference(release, root),
        "args": [*arguments, "--runner", "cloud-run", *where, *keeps],
        "env": [
            {"name": secret_variable(name), "valueSource": {"secretKeyRef": {"secret": name, "version": "latest"}}}
            for name in (rule.webhook for rule in release.pipeline.alerts)
            if name in secrets
        ],
        "resources": {"limits": {"cpu": "1", "memory": "512Mi"}},
        "volumeMounts": [{"name": "state", "mountPath": str(place.folder)}],
    }
    task = {
        "containers": [container],
        "volumes": [{"name": "state", "emptyDir": {}}],
        "maxRetries": 3,
        "timeout": f"{min(deadline + _MARGIN_SECONDS, _MOST_SECONDS)}s",
    }
    return {"template": {"taskCount": 1, "template": task}}


def job_of_orchestrator(pipeline: Pipeline) -> str:
    """The name of the orchestrator's job."""
    return job_name(pipeline.name, ORCHESTRATOR)


def _folder(place: Place) -> pathlib.Path:
    """A new folder; the logs of the last few times are kept."""
    place.cloud_run.mkdir(exist_ok=True)
    numbers = sorted(int(each.name) for each in place.cloud_run.iterdir() if each.name.isdecimal())
    for number in numbers[: -_KEPT + 1]:
        shutil.rmtree(place.cloud_run / str(number))
    folder = place.cloud_run / str(max(numbers, default=0) + 1)
    folder.mkdir()
    # Images are unpacked once for all, and for runs without a Cloud Run as well.
    place.images.mkdir(exist_ok=True)
    (folder / "images").symlink_to(place.images)
    return folder


def _reference(release: Release, root: pathlib.Path) -> str:
    image = release.orchestrator
    if image is None or not image.ref.startswith(LAYOUT):
        raise PlaceError("a local Cloud Run wants an orchestrator from an image: build the release of images")
    return f"{LAYOUT}{root / image.ref.removeprefix(LAYOUT)}@{image.digest}"


def _with_env(release: Release, env: Mapping[str, str]) -> Release:
    """The release with this place's values for the variables that its steps have."""
    steps = {
        name: dataclasses.replace(step, env={key: env.get(key, value) for key, value in step.env.items()})
        for name, step in release.pipeline.steps.items()
    }
    return dataclasses.replace(release, pipeline=dataclasses.replace(release.pipeline, steps=steps))


def _address(child: Child, log: pathlib.Path) -> str:
    give_up = time.monotonic() + _START_SECONDS
    while (found := _ADDRESS.search(log.read_text(encoding="utf-8"))) is None:
        if child.process.poll() is not None or time.monotonic() > give_up:
            raise PlaceError(f"the local Cloud Run did not start; see {log}")
        time.sleep(0.01)
    return found[0]


def _said(line: str) -> str:
    try:
        entry = json.loads(line)
    except ValueError:
        return line
    return "" if "event" in entry else str(entry.get("message", ""))
