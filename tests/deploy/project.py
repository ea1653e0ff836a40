"""A project of the cloud on this machine: the emulator, Secret Manager, a database, and folders for buckets.

Terraform runs for real, with whichever provider its settings lead to. Where that provider makes nothing, `follow` does
what it would have done: it brings what Terraform's state says to the emulator and to Secret Manager.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import subprocess
import tempfile
import time
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import httpx

from deploy import children
from deploy.files import write
from deploy.place import Needs
from deploy.place import Place as Services
from deploy.services import provide, recorded_service
from tests.deploy.secret_manager import SecretManager, secret_manager

REGION = "us-east4"
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Project:
    """One project with one environment. `folder` holds what stands for the cloud."""

    environment: str
    folder: pathlib.Path
    emulator: str
    secrets: SecretManager
    vault: pathlib.Path
    """The values of secrets for the emulator, which plays Secret Manager to the jobs."""
    database: str
    """Where the database is that the steps are to use: what the secret has to say."""
    env: dict[str, str]
    """What the steps are to be told of this project."""

    @property
    def name(self) -> str:
        """The project's id."""
        return f"nightjar-{self.environment}"

    @property
    def local(self) -> pathlib.Path:
        """Where Terraform's state and the history of releases are."""
        return self.folder / "cloud"

    @property
    def state(self) -> pathlib.Path:
        """Terraform's."""
        return self.local / "state" / self.environment / "terraform.tfstate"

    @property
    def environ(self) -> dict[str, str]:
        """What leads the commands here instead of to the cloud."""
        return {
            "NIGHTJAR_LOCAL": str(self.local),
            "NIGHTJAR_ENDPOINT": self.emulator,
            "NIGHTJAR_SECRETS_ENDPOINT": self.secrets.address,
        }

    def configure(self, clone: pathlib.Path, repository: str) -> None:
        """Write in the environment's values what is of this machine."""
        path = clone / f"terraform/environments/{self.environment}/terraform.tfvars.json"
        own = {"project": self.name, "region": REGION, "env": self.env, "repository": repository}
        path.write_text(json.dumps(json.loads(path.read_text()) | own, indent=2) + "\n")

    def follow(self) -> None:
        """Bring what Terraform's state says to the emulator and to Secret Manager."""
        for values in self._made("google_secret_manager_secret"):
            self.secrets.values.setdefault(values["secret_id"], [])
        versions = {
            name: {"versions": {str(number): value for number, value in enumerate(values, 1)}}
            for name, values in self.secrets.values.items()
        }
        write(self.vault, json.dumps(versions), mode=0o600)
        for values in self._made("google_cloud_run_v2_job"):
            self.deploy(values["name"], _job(values))

    @contextlib.contextmanager
    def runnable(self) -> Iterator[None]:
        """Let folders be in the place of buckets, and the emulator in that of Cloud Run, for what the jobs run."""
        for values in self._made("google_storage_bucket_object"):
            write(self._bucket(values["bucket"]) / values["name"], values["content"])
        for values in self._made("google_cloud_run_v2_job"):
            job = _job(values)
            (container,) = job["template"]["template"]["containers"]
            container["env"] = [self._here(each) for each in container["env"]]
            container["env"].append({"name": "NIGHTJAR_ENDPOINT", "value": self.emulator})
            self.deploy(values["name"], job)
        try:
            yield
        finally:
            self.follow()

    def published(self, bucket: str) -> set[str]:
        """The steps that have a manifest in what stands for a bucket."""
        return {path.parent.name for path in self._bucket(bucket).rglob("manifest-*.json")}

    def deploy(self, name: str, job: dict[str, Any]) -> None:
        """Let the emulator have this job."""
        answer = httpx.patch(f"{self._address(name)}?allowMissing=true", json=job, timeout=_PATIENCE)
        assert answer.is_success, answer.text

    def job(self, name: str) -> dict[str, Any]:
        """A job as the emulator has it."""
        found: dict[str, Any] = httpx.get(self._address(name), timeout=_PATIENCE).json()
        return found

    def _address(self, name: str) -> str:
        return f"http://{self.emulator}/v2/projects/{self.name}/locations/{REGION}/jobs/{name}"

    def _bucket(self, name: str) -> pathlib.Path:
        return self.folder / "buckets" / name

    def _here(self, each: dict[str, Any]) -> dict[str, Any]:
        """A variable that leads to a folder instead of to a bucket; the release is a file, and needs no URL."""
        value = str(each.get("value", ""))
        if not value.startswith("gs://"):
            return each
        bucket, _, path = value.removeprefix("gs://").partition("/")
        here = self._bucket(bucket) / path
        return {**each, "value": str(here) if here.is_file() else here.as_uri()}

    def _made(self, kind: str) -> Iterator[dict[str, Any]]:
        state = json.loads(self.state.read_text())
        for resource in state["resources"]:
            if resource["type"] == kind:
                yield from (each["attributes"] for each in resource["instances"])


@contextlib.contextmanager
def project(folder: pathlib.Path, environment: str, catalogue: pathlib.Path) -> Iterator[Project]:
    """A project in which nothing was made yet, and whose steps ask for the events of a catalogue."""
    (folder / "buckets").mkdir(parents=True)
    with contextlib.ExitStack() as stack:
        secrets = stack.enter_context(secret_manager())
        vault = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory())) / "secrets.json"
        write(vault, "{}", mode=0o600)
        place = _services(folder)
        _, service = stack.enter_context(recorded_service(place.folder, catalogue))
        services = provide(stack, place, Needs(frozenset({"database"}), service=True), service=service)
        command = [os.environ["EMULATOR"], "--state", str(vault.parent / "emulator"), "--secrets", str(vault)]
        command += ["--bind", str(folder / "buckets")]
        command += ["--project", f"nightjar-{environment}", "--region", REGION]
        emulator = stack.enter_context(program(folder / "emulator.log", command, r"(127\.0\.0\.1:\d+)"))
        yield Project(
            environment=environment,
            folder=folder,
            emulator=emulator,
            secrets=secrets,
            vault=vault,
            database=services.secrets["database"],
            env=services.env,
        )


def _services(folder: pathlib.Path) -> Services:
    services = Services(folder / "services")
    services.folder.mkdir()
    return services


@contextlib.contextmanager
def program(log: pathlib.Path, command: list[str], says: str) -> Iterator[str]:
    """Run a server until the block ends; what it says of where it listens."""
    log.parent.mkdir(parents=True, exist_ok=True)
    with log.open("wb") as stream:
        words: list[str | pathlib.Path] = [pathlib.Path(command[0]).absolute(), *command[1:]]
        process = subprocess.Popen(words, env=children.environ(), stdout=stream, stderr=stream)
    try:
        give_up = time.monotonic() + _PATIENCE
        while (found := re.search(says, log.read_text())) is None:
            assert process.poll() is None, log.read_text()
            assert time.monotonic() < give_up, log.read_text()
            time.sleep(0.01)
        yield found[1]
    finally:
        process.terminate()
        process.wait()


def _job(values: dict[str, Any]) -> dict[str, Any]:
    """The Job of the API that the provider makes of a resource."""
    (template,) = values["template"]
    (task,) = template["template"]
    (container,) = task["containers"]
    (resources,) = container["resources"]
    return {
        "template": {
            "taskCount": template["task_count"],
            "parallelism": template["parallelism"],
            "template": {
                "containers": [
                    {
                        "image": container["image"],
                        "command": container["command"] or [],
                        "args": container["args"] or [],
                        "env": [_variable(each) for each in container["env"]],
                        "resources": {"limits": resources["limits"]},
                    }
                ],
                "maxRetries": task["max_retries"],
                "timeout": task["timeout"],
                "serviceAccount": task["service_account"],
            },
        }
    }


def _variable(each: dict[str, Any]) -> dict[str, Any]:
    if not each["value_source"]:
        return {"name": each["name"], "value": each["value"]}
    ((reference,),) = (source["secret_key_ref"] for source in each["value_source"])
    return {
        "name": each["name"],
        "valueSource": {"secretKeyRef": {"secret": reference["secret"], "version": reference["version"]}},
    }
