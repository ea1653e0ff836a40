"""A place to deploy to on this machine: a clone, a registry, and a project for dev."""

from __future__ import annotations

import contextlib
import os
import pathlib
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from deploy import children
from tests.deploy.project import Project, program, project
from tests.deploy.transcript import Transcript

ENVIRONMENT = "dev"


@dataclass(frozen=True, slots=True, kw_only=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where everything is. `folder` holds the clone and the project."""

    folder: pathlib.Path
    registry: str
    project: Project
    transcript: Transcript

    @property
    def clone(self) -> pathlib.Path:
        """The person's clone of the repository."""
        return self.folder / "clone"

    @property
    def release(self) -> pathlib.Path:
        """What push wrote."""
        return self.clone / "release.json"

    def run(self, command: str, *arguments: str, given: str = "") -> Done:
        """`./bazelw run //deploy:COMMAND -- ARGUMENTS`."""
        return self._call(command, arguments, given=given)

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

    def day(self, day: str) -> Done:
        """`nightjar --env dev run --date DAY`."""
        words = ["--env", ENVIRONMENT, "run", "--date", day]
        with self.project.runnable():
            done = self._call("orchestrator", words)
        self.transcript.command(f"nightjar {' '.join(words)}", done.stderr)
        return done

    def _call(self, program: str, arguments: Sequence[str], *, given: str = "") -> Done:
        path = f"{self.folder / 'bin'}:{os.environ['PATH']}"
        return call(
            program, arguments, workspace=self.clone, environ={**self.project.environ, "PATH": path}, given=given
        )


def call(
    program: str, arguments: Sequence[str], *, workspace: pathlib.Path, environ: Mapping[str, str], given: str = ""
) -> Done:
    """A program of the build by the name of its variable, as `./bazelw run` calls it in a clone."""
    done = subprocess.run(
        [pathlib.Path(os.environ[program.upper()]).absolute(), *arguments],
        env={
            **os.environ,
            **environ,
            "BUILD_WORKSPACE_DIRECTORY": str(workspace),
            "BUILD_WORKING_DIRECTORY": str(workspace),
        },
        input=given,
        capture_output=True,
        text=True,
        check=False,
    )
    return Done(code=done.returncode, stdout=done.stdout, stderr=done.stderr)


@contextlib.contextmanager
def place(folder: pathlib.Path, sources: pathlib.Path) -> Iterator[Place]:
    """A place with a clone of Terraform's sources."""
    with (
        registry(folder / "registry.log") as address,
        project(folder / "project", ENVIRONMENT, children.program("CATALOGUE")) as made,
    ):
        found = Place(folder=folder, registry=address, project=made, transcript=Transcript(str(folder)))
        shutil.copytree(sources / "terraform", found.clone / "terraform", copy_function=shutil.copyfile)
        shutil.copyfile(sources / "pipeline.yaml", found.clone / "pipeline.yaml")
        made.configure(found.clone, f"{address}/{made.name}/nightjar")
        found.commit("a" * 40)
        yield found


@contextlib.contextmanager
def registry(log: pathlib.Path) -> Iterator[str]:
    """The address of a registry, crane's own."""
    with program(log, [os.environ["CRANE"], "registry", "serve"], r"port (\d+)") as port:
        yield f"127.0.0.1:{port}"
