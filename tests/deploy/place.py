"""A place to deploy to on this machine: a clone, a registry, Secret Manager, the emulator, and folders for buckets.

Terraform runs for real, with whichever provider its settings lead to. Where that provider makes nothing, `follow` does
what it would have done: it brings what Terraform's state says to the emulator and to Secret Manager.
"""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import shutil
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
from deploy.services import provide
from tests.deploy.secret_manager import SecretManager, secret_manager
from tests.deploy.transcript import Transcript

PROJECT, REGION, ENVIRONMENT = "nightjar-dev", "us-east4", "dev"
_PATIENCE = 120.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything is. `folder` holds the clone and what stands for the cloud."""

    folder: pathlib.Path
    registry: str
    emulator: str
    secrets: SecretManager
    transcript: Transcript
    database: str
    """Where the database is that the steps are to use: what the secret has to say."""
    vault: pathlib.Path
    """The values of secrets for the emulator, which plays Secret Manager to the jobs."""

    @property
    def clone(self) -> pathlib.Path:
        """The person's clone of the repository."""
        return self.folder / "clone"

    @property
    def release(self) -> pathlib.Path:
        """What push wrote."""
        return self.clone / "release.json"

    @property
    def state(self) -> pathlib.Path:
        """Terraform's."""
        return self.folder / "cloud" / "state" / ENVIRONMENT / "terraform.tfstate"

    def run(self, command: str, *arguments: str, given: str = "") -> Done:
        """`./bazelw run //deploy:COMMAND -- ARGUMENTS`."""
        own = [] if command == "push" else ["--local", str(self.folder / "cloud")]
        own += [] if command == "push" else ["--endpoint", self.emulator, "--secrets-endpoint", self.secrets.address]
        done = subprocess.run(
            [pathlib.Path(os.environ[command.upper()]).absolute(), *own, *arguments],
            env={
                **os.environ,
                "BUILD_WORKSPACE_DIRECTORY": str(self.clone),
                "BUILD_WORKING_DIRECTORY": str(self.clone),
                "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            },
            input=given,
            capture_output=True,
            text=True,
            check=False,
        )
        return Done(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def show(self, command: str, *arguments: str, given: str = "") -> Done:
        """The same, for the transcript."""
        done = self.run(command, *arguments, given=given)
        words = " ".join(["./bazelw", "run", f"//deploy:{command}", *(["--", *arguments] if arguments else [])])
        self.transcript.command(f"printf %s VALUE | {words}" if given else words, done.stdout)
        return done

    def commit(self, revision: str, *, dirty: bool = False) -> None:
        """Let git say this of the clone."""
        git = self.folder / "bin" / "git"
        git.parent.mkdir(exist_ok=True)
        status = " M file" if dirty else ""
        git.write_text(f"#!/bin/sh\ncase $3 in rev-parse) echo {revision} ;; status) printf '{status}' ;; esac\n")
        git.chmod(0o755)

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

    def day(self, day: str) -> Done:
        """`nightjar --env dev run --date DAY`, with folders in the place of buckets while it runs."""
        for values in self._made("google_storage_bucket_object"):
            write(self._bucket(values["bucket"]) / values["name"], values["content"])
        for values in self._made("google_cloud_run_v2_job"):
            job = _job(values)
            (container,) = job["template"]["template"]["containers"]
            container["env"] = [self._here(each) for each in container["env"]]
            container["env"].append({"name": "NIGHTJAR_ENDPOINT", "value": self.emulator})
            self.deploy(values["name"], job)
        done = subprocess.run(
            [pathlib.Path(os.environ["ORCHESTRATOR"]).absolute(), "--env", ENVIRONMENT, "run", "--date", day],
            env={**os.environ, "BUILD_WORKING_DIRECTORY": str(self.clone), "NIGHTJAR_ENDPOINT": self.emulator},
            capture_output=True,
            text=True,
            check=False,
        )
        self.follow()
        self.transcript.command(f"nightjar --env {ENVIRONMENT} run --date {day}", done.stderr)
        return Done(code=done.returncode, stdout=done.stdout, stderr=done.stderr)

    def published(self, bucket: str) -> set[str]:
        """The steps that have a manifest in what stands for a bucket."""
        return {path.parent.name for path in self._bucket(bucket).rglob("manifest-*.json")}

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

    def deploy(self, name: str, job: dict[str, Any]) -> None:
        """Let the emulator have this job."""
        path = f"/v2/projects/{PROJECT}/locations/{REGION}/jobs/{name}"
        answer = httpx.patch(f"http://{self.emulator}{path}?allowMissing=true", json=job, timeout=_PATIENCE)
        assert answer.is_success, answer.text

    def job(self, name: str) -> dict[str, Any]:
        """A job as the emulator has it."""
        path = f"/v2/projects/{PROJECT}/locations/{REGION}/jobs/{name}"
        found: dict[str, Any] = httpx.get(f"http://{self.emulator}{path}", timeout=_PATIENCE).json()
        return found

    def _made(self, kind: str) -> Iterator[dict[str, Any]]:
        state = json.loads(self.state.read_text())
        for resource in state["resources"]:
            if resource["type"] == kind:
                yield from (each["attributes"] for each in resource["instances"])


@contextlib.contextmanager
def place(folder: pathlib.Path, sources: pathlib.Path) -> Iterator[Place]:
    """A place with a clone of Terraform's sources."""
    with contextlib.ExitStack() as stack:
        registry = stack.enter_context(
            program(folder / "registry.log", [os.environ["CRANE"], "registry", "serve"], r"port (\d+)")
        )
        secrets = stack.enter_context(secret_manager())
        vault = pathlib.Path(stack.enter_context(tempfile.TemporaryDirectory())) / "secrets.json"
        write(vault, "{}", mode=0o600)
        services = provide(stack, _services(folder), Needs(frozenset({"database"}), service=True), service=None)
        (folder / "buckets").mkdir()
        command = [os.environ["EMULATOR"], "--state", str(vault.parent / "emulator"), "--secrets", str(vault)]
        command += ["--bind", str(folder / "buckets")]
        command += ["--project", PROJECT, "--region", REGION]
        emulator = stack.enter_context(program(folder / "emulator.log", command, r"127\.0\.0\.1:(\d+)"))
        found = Place(
            folder=folder,
            registry=f"127.0.0.1:{registry}",
            emulator=f"127.0.0.1:{emulator}",
            secrets=secrets,
            vault=vault,
            transcript=Transcript(str(folder)),
            database=services.secrets["database"],
        )
        shutil.copytree(sources / "terraform", found.clone / "terraform", copy_function=shutil.copyfile)
        path = found.clone / f"terraform/environments/{ENVIRONMENT}/terraform.tfvars.json"
        shutil.copyfile(sources / "pipeline.yaml", found.clone / "pipeline.yaml")
        values = json.loads(path.read_text()) | {"project": PROJECT, "region": REGION, "env": services.env}
        path.write_text(json.dumps(values | {"repository": f"{found.registry}/{PROJECT}/nightjar"}))
        found.commit("a" * 40)
        yield found


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
