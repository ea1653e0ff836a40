"""GitHub's machines on this one, as far as the workflows use them: a clone a job, its `run:` lines in their order.

What actions do is done where something depends on it (the clone, files that one job leaves for another) and left out
where this machine has it already (caches, Terraform, a login). An action or an expression that is not known here is an
error, so that nothing is passed over.
"""

from __future__ import annotations

import graphlib
import pathlib
import re
import shutil
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import AbstractContextManager
from dataclasses import dataclass, field
from typing import Any, Final

from tests.ci.workflows import read
from tools.bazel import nested

_HERE: Final = frozenset(
    {
        "actions/cache",
        "actions/cache/restore",
        "google-github-actions/auth",
        "hashicorp/setup-terraform",
    }
)
_SAME_REPOSITORY: Final = "github.event.pull_request.head.repo.full_name == github.repository"
_EXPRESSION: Final = re.compile(r"\$\{\{ (\S+) \}\}")
_SHELL: Final = ("bash", "--noprofile", "--norc", "-eo", "pipefail", "-c")


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A `run:` line that was run."""

    workflow: str
    job: str
    command: str
    code: int
    seconds: float
    log: pathlib.Path


@dataclass(slots=True, kw_only=True)
class GitHub:
    """Runs workflows of the repository `origin`. `expressions` has the values of those that the workflows use."""

    origin: pathlib.Path
    folder: pathlib.Path
    environ: Mapping[str, str]
    expressions: Mapping[str, str]
    environments: Mapping[str, Mapping[str, str]]
    """What an environment's variables are for the jobs that belong to it; "" is for those that belong to none."""
    around: Callable[[str, str], AbstractContextManager[None]]
    """What has to be so while a command of an environment runs."""
    say: Callable[[str], None]
    lines: list[Line] = field(default_factory=list)

    @property
    def clone(self) -> pathlib.Path:
        """Where each job has its clone, as on a machine of GitHub's."""
        return self.folder / "clone"

    def workflow(self, name: str) -> pathlib.Path:
        """The file of a workflow."""
        return self.origin / ".github/workflows" / f"{name}.yaml"

    def needs(self, workflow: str) -> dict[str, list[str]]:
        """The jobs that each job of a workflow needs."""
        return {name: _needs(job) for name, job in self._jobs(workflow).items()}

    def run(self, workflow: str) -> list[Line]:
        """Run a workflow's jobs, each after those that it needs, up to a line that fails; the lines that ran."""
        before = len(self.lines)
        for name, job in self._jobs(workflow).items():
            if not all(line.code == 0 for line in self._job(workflow, name, job)):
                break
        return self.lines[before:]

    def bazel(self, clone: pathlib.Path, *words: str) -> str:
        """What Bazel says to a command of somebody's in a clone. Raises CalledProcessError."""
        return nested.run(clone, "./bazelw", *words, environ=self._environ())

    def forget(self, clone: pathlib.Path) -> None:
        """Leave nothing behind that Bazel made of a clone, if there was one."""
        if clone.exists():
            nested.forget(clone, environ=self._environ())

    def _jobs(self, workflow: str) -> dict[str, Any]:
        """A workflow's jobs, each after those that it needs."""
        jobs: dict[str, Any] = read(self.workflow(workflow))["jobs"]
        needs = {name: _needs(job) for name, job in jobs.items()}
        return {name: jobs[name] for name in graphlib.TopologicalSorter(needs).static_order()}

    def _job(self, workflow: str, name: str, job: Mapping[str, Any]) -> Iterator[Line]:
        assert job.get("if", _SAME_REPOSITORY) == _SAME_REPOSITORY, job["if"]
        environment = job.get("environment", "")
        for step in job["steps"]:
            if "uses" in step:
                self._action(step["uses"].partition("@")[0], step.get("with", {}))
                continue
            own = {key: self._value(text) for key, text in step.get("env", {}).items()}
            with self.around(environment, step["run"]):
                line = self._line(workflow, name, step["run"], {**self.environments[environment], **own})
            self.lines.append(line)
            yield line
            if line.code != 0:
                return

    def _action(self, action: str, given: Mapping[str, str]) -> None:
        match action:
            case "actions/checkout":
                self._checkout()
            case "actions/upload-artifact":
                artifact = self._artifact(given["name"])
                artifact.mkdir(parents=True, exist_ok=True)
                shutil.copy(self.clone / given["path"], artifact)
            case "actions/download-artifact":
                shutil.copytree(self._artifact(given["name"]), self.clone, dirs_exist_ok=True)
            case _:
                assert action in _HERE, action

    def _artifact(self, name: str) -> pathlib.Path:
        """Where the files are that a job leaves for others."""
        return self.folder / "artifacts" / name

    def _checkout(self) -> None:
        if self.clone.exists():
            # A server would stay with the folder that is removed.
            self.bazel(self.clone, "shutdown")
            shutil.rmtree(self.clone)
        words = ["git", "clone", "--quiet", str(self.origin), str(self.clone)]
        subprocess.run(words, check=True)

    def _line(self, workflow: str, job: str, command: str, own: Mapping[str, str]) -> Line:
        log = self.folder / "logs" / f"{len(self.lines):02}.log"
        log.parent.mkdir(exist_ok=True)
        self.say(f"{workflow}: {job}: {command}")
        began = time.monotonic()
        with log.open("wb") as stream:
            done = subprocess.run(
                [*_SHELL, command],
                cwd=self.clone,
                env=self._environ(**own),
                stdin=subprocess.DEVNULL,
                stdout=stream,
                stderr=subprocess.STDOUT,
                check=False,
            )
        seconds = time.monotonic() - began
        self.say(f"{workflow}: {job}: exit code {done.returncode} after {seconds:.0f} s")
        return Line(workflow=workflow, job=job, command=command, code=done.returncode, seconds=seconds, log=log)

    def _environ(self, **own: str) -> dict[str, str]:
        return {**nested.environ(), "CI": "true", **self.environ, **own}

    def _value(self, text: str) -> str:
        return _EXPRESSION.sub(lambda found: self.expressions[found[1]], text)


def _needs(job: Mapping[str, Any]) -> list[str]:
    needs = job.get("needs", [])
    return [needs] if isinstance(needs, str) else list(needs)
