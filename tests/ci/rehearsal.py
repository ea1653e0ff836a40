"""What the workflows deploy to when they are rehearsed: this commit as somebody's repository, a registry, two projects.

What a new project is given by hand before CI can deploy to it (docs/ci.md) is done here by the same commands.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import hashlib
import json
import os
import pathlib
import subprocess
import sys
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

from orchestrator.clock import SystemClock
from orchestrator.core import dates, spec
from tests.ci.github import GitHub
from tests.deploy.place import call, registry
from tests.deploy.project import Project, project

ENVIRONMENTS = ("dev", "prod")
WORD = hashlib.sha256(b"what nobody may see").hexdigest()
"""Part of each secret's value; no source has it."""
_RECORDED = dt.date(2018, 2, 1)
_GLANCE = 0.2
_STANDIN = '#!/bin/sh\n{{ echo "$0 $*"; [ "$1" != pr ] || cat; }} >>{log}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Rehearsal:
    """A place where the workflows can run."""

    github: GitHub
    projects: Mapping[str, Project]
    called: pathlib.Path
    """What `gcloud` and `gh` were called with, and the comment that `gh` was given."""

    @property
    def folder(self) -> pathlib.Path:
        """Where everything lies that this left."""
        return self.github.folder.parent

    def commit(self, message: str) -> None:
        """Commit what was changed in the repository."""
        _git(self.github.origin, "commit", "--quiet", "--all", "--message", message)


@contextlib.contextmanager
def rehearsal(folder: pathlib.Path, source: pathlib.Path) -> Iterator[Rehearsal]:
    """A place for the workflows of the commit that `source` is at."""
    with contextlib.ExitStack() as stack:
        catalogue = _catalogue(folder)
        address = stack.enter_context(registry(folder / "registry.log"))
        projects = {each: stack.enter_context(project(folder / each, each, catalogue)) for each in ENVIRONMENTS}
        origin = _origin(folder / "origin", source, projects, f"{address}/nightjar-dev/nightjar")
        called = _standins(folder / "bin")
        variables = {each: made.environ for each, made in projects.items()}
        github = GitHub(
            origin=origin,
            folder=folder / "machine",
            environ={"PATH": f"{folder / 'bin'}:{os.environ['PATH']}", "GITHUB_REPOSITORY": "somebody/pipeline"},
            expressions={"github.token": "none", "github.event.pull_request.number": "7"},
            # What belongs to no environment of GitHub's looks at dev.
            environments={"": variables["dev"], **variables},
            around=lambda environment, command: _around(projects, environment, command),
            say=lambda text: print(text, file=sys.stderr, flush=True),
        )
        github.folder.mkdir()
        stack.callback(github.forget, github.clone)
        for made in projects.values():
            _set_up(made, origin, folder)
        stack.enter_context(_following(projects))
        yield Rehearsal(github=github, projects=projects, called=called)


def _origin(
    origin: pathlib.Path, source: pathlib.Path, projects: Mapping[str, Project], repository: str
) -> pathlib.Path:
    """A repository whose values lead to this machine, as those of a user lead to theirs."""
    words = ["git", "clone", "--quiet", "--no-hardlinks", str(source), str(origin)]
    subprocess.run(words, check=True)
    for made in projects.values():
        made.configure(origin, repository)
    _git(origin, "commit", "--quiet", "--all", "--message", "Name our projects")
    return origin


def _set_up(made: Project, origin: pathlib.Path, folder: pathlib.Path) -> None:
    """Give a new project what it needs once: its foundation, its secrets, their values."""
    release = str(folder / f"{made.environment}.json")

    def do(program: str, *words: str, given: str = "") -> None:
        own = ["--env", made.environment]
        done = call(program, [*own, *words], workspace=origin, environ=made.environ, given=given)
        assert done.code == 0, done.stderr

    do("bootstrap", "--yes")
    do("made_release", "--out", release)
    do("apply", "--yes", "--only-secrets", "--release", release)
    made.follow()
    values = {"database": f"{made.database}?application_name={WORD}", "alerts-webhook": f"https://127.0.0.1:9/{WORD}"}
    for name in made.secrets.values:
        do("secret", "set", name, given=values[name])


@contextlib.contextmanager
def _following(projects: Mapping[str, Project]) -> Iterator[None]:
    """Let each project have what Terraform's state says, soon after it says so."""
    ended = threading.Event()

    def follow() -> None:
        seen: dict[str, str] = {}
        while not ended.wait(_GLANCE):
            for name, made in projects.items():
                text = made.state.read_text()
                # Terraform writes its file in place: what is not whole yet is looked at again.
                with contextlib.suppress(json.JSONDecodeError):
                    if text != seen.get(name):
                        made.follow()
                        seen[name] = text

    thread = threading.Thread(target=follow, daemon=True)
    thread.start()
    try:
        yield
    finally:
        ended.set()
        thread.join()


@contextlib.contextmanager
def _around(projects: Mapping[str, Project], environment: str, command: str) -> Iterator[None]:
    """A command of the orchestrator's runs steps, which need more than jobs that are there."""
    with projects[environment].runnable() if "//orchestrator -- " in command else contextlib.nullcontext():
        yield


def _standins(folder: pathlib.Path) -> pathlib.Path:
    """Programs that a machine of GitHub's has and that need an account: what they were told is noted."""
    folder.mkdir()
    called = folder.parent / "called"
    for name in ("gcloud", "gh"):
        path = folder / name
        path.write_text(_STANDIN.format(log=called))
        path.chmod(0o755)
    return called


def _catalogue(folder: pathlib.Path) -> pathlib.Path:
    """The recorded events as if they had been those of the day that is due now, since CI runs that day."""
    pipeline = spec.from_json(pathlib.Path(os.environ["RESOLVED_PIPELINE"]).read_text())
    due = dates.logical_date(pipeline.schedule, SystemClock().now())
    milliseconds = (due - _RECORDED) // dt.timedelta(milliseconds=1)
    catalogue = json.loads(pathlib.Path(os.environ["CATALOGUE"]).read_bytes())
    for feature in catalogue["features"]:
        feature["properties"]["time"] += milliseconds
    path = folder / "catalogue.geojson"
    path.write_text(json.dumps(catalogue))
    return path


def _git(folder: pathlib.Path, *words: str) -> None:
    who = ["-c", "user.name=Somebody", "-c", "user.email=somebody@example.com"]
    command = ["git", "-C", str(folder), *who, *words]
    subprocess.run(command, check=True)
