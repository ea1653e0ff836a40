"""A Cloud Run emulator as a process of its own, for tests of whatever talks to Cloud Run.

Only its command line and its API are used: the orchestrator knows no tool of the repository.
"""

from __future__ import annotations

import contextlib
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

PROGRAM = "NIGHTJAR_EMULATOR"
"""Environment name of the path to the emulator's program; without it, it is run from the sources."""
PROJECT = "toys"
REGION = "here-1"
_PARENT = f"v2/projects/{PROJECT}/locations/{REGION}"
_STOP_SECONDS = 30.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Emulator:
    """Where it listens, HOST:PORT, for gRPC and for REST."""

    address: str

    def create_job(self, name: str, job: Mapping[str, Any]) -> None:
        """Create a job, in the form that the API has in JSON."""
        self._call("POST", f"{_PARENT}/jobs?jobId={name}", job)

    def newest_execution(self, job: str) -> datetime:
        """When the newest execution of a job was created."""
        return datetime.fromisoformat(self.executions(job)[0]["createTime"])

    def executions(self, job: str) -> list[dict[str, Any]]:
        """A page of a job's executions, the newest first, in the size that the API has by itself."""
        listed: list[dict[str, Any]] = self._call("GET", f"{_PARENT}/jobs/{job}/executions").get("executions", [])
        return listed

    def run_to_its_end(self, job: str) -> None:
        """Execute a job, and return when it has ended."""
        self._finish(self._call("POST", f"{_PARENT}/jobs/{job}:run"))

    def create_process_job(
        self, name: str, program: Path | str, *, env: Mapping[str, str] | None = None, timeout: str = "600s"
    ) -> None:
        """Create a job that runs a program of this machine as a process, and tries it once."""
        variables = [{"name": key, "value": value} for key, value in (env or {}).items()]
        container = {"image": "process:", "command": [str(program)], "env": variables}
        template = {"containers": [container], "maxRetries": 0, "timeout": timeout}
        self.create_job(name, {"template": {"template": template}})

    def delete_execution(self, job: str, name: str) -> None:
        """Delete an execution; return when nobody knows it any more."""
        path = f"{_PARENT}/jobs/{job}/executions/{name}"
        self._finish(self._call("DELETE", path))

    def faults(self, faults: Sequence[Mapping[str, Any]], *, seed: int = 0) -> None:
        """What goes wrong from now on; shares are drawn by the seed."""
        self._call("POST", "_faults", {"seed": seed, "faults": faults})

    def hits(self) -> tuple[list[int], list[int]]:
        """How many calls each of the faults was about so far, and how many of these it hit."""
        answer = self._call("GET", "_faults")
        return answer["met"], answer["hit"]

    def _finish(self, operation: dict[str, Any]) -> None:
        while not operation.get("done"):
            operation = self._call("POST", f"v2/{operation['name']}:wait", {"timeout": "10s"})

    def _call(self, method: str, path: str, body: Any = None) -> Any:
        request = urllib.request.Request(
            f"http://{self.address}/{path}",
            method=method,
            data=None if body is None else json.dumps(body).encode(),
            headers={"Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request) as answer:  # noqa: S310  (loopback)
            return json.loads(answer.read() or b"{}")


@contextlib.contextmanager
def emulator(folder: Path, *arguments: str) -> Iterator[Emulator]:
    """Run one that keeps its state in this folder; whatever it runs ends with it."""
    program = os.environ.get(PROGRAM)
    command = [Path(program).absolute()] if program else [sys.executable, "-m", "tools.emulator"]
    where = ["--project", PROJECT, "--region", REGION, "--state", str(folder)]
    with (folder / "emulator.log").open("w", encoding="utf-8") as log:
        process = subprocess.Popen(
            [*command, "--port", "0", *where, *arguments], stdout=subprocess.PIPE, stderr=log, text=True
        )
        try:
            line = process.stdout.readline() if process.stdout is not None else ""
            if not line:
                raise AssertionError(f"the emulator did not start: {(folder / 'emulator.log').read_text()}")
            yield Emulator(address=line.strip())
        finally:
            process.terminate()
            process.communicate(timeout=_STOP_SECONDS)
