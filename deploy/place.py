"""What a run on this machine has to provide for a pipeline, and the folder where everything of it lies.

Nothing here knows a step: a step that wants NIGHTJAR_DATABASE as a secret gets a private PostgreSQL, one whose
environment has NIGHTJAR_SERVICE gets the recorded event service. Other secrets come from the user's file.
"""

from __future__ import annotations

import fcntl
import json
import pathlib
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass

from deploy.files import write
from orchestrator.core.model import Pipeline

DATABASE = "NIGHTJAR_DATABASE"
SERVICE = "NIGHTJAR_SERVICE"


class PlaceError(Exception):
    """The run cannot begin; the message says why and what to do."""


@dataclass(frozen=True, slots=True)
class Needs:
    """What the pipeline's steps ask for. `database` is the names of the secrets that hold its address."""

    database: frozenset[str]
    service: bool

    @classmethod
    def of(cls, pipeline: Pipeline) -> Needs:
        """What the steps of a pipeline ask for."""
        steps = pipeline.steps.values()
        return cls(
            database=frozenset(step.secrets[DATABASE] for step in steps if DATABASE in step.secrets),
            service=any(SERVICE in step.env for step in steps),
        )


@dataclass(frozen=True, slots=True)
class Place:
    """The folder of the local runs: what the orchestrator keeps, the steps' storage, the database, the outputs."""

    folder: pathlib.Path

    @property
    def release(self) -> pathlib.Path:
        """What is run."""
        return self.folder / "release.json"

    @property
    def environment(self) -> pathlib.Path:
        """The values of this place, secrets among them."""
        return self.folder / "environment.json"

    @property
    def database(self) -> pathlib.Path:
        """The private PostgreSQL's folder."""
        return self.folder / "postgres"

    @property
    def images(self) -> pathlib.Path:
        """Images, unpacked."""
        return self.folder / "images"

    @property
    def cloud_run(self) -> pathlib.Path:
        """What the local Cloud Run keeps, a folder each time."""
        return self.folder / "cloud-run"

    def output(self, day: str) -> pathlib.Path:
        """Where the outputs of a day are put for people."""
        return self.folder / "output" / day

    def clear(self) -> None:
        """Forget everything but the lock, which the caller holds."""
        for path in self.folder.iterdir():
            if path.name == "lock":
                continue
            if path.is_dir() and not path.is_symlink():
                shutil.rmtree(path)
            else:
                path.unlink()

    @contextmanager
    def held(self) -> Iterator[None]:
        """Keep others out. Raises PlaceError when another local run uses the folder, or it cannot be written."""
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            with (self.folder / "lock").open("a") as lock:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
                yield
        except BlockingIOError:
            raise PlaceError(
                f"another local run uses {self.folder}. Wait for it, or give this one a folder of its own: --out DIR"
            ) from None

    def write_environment(
        self, given: Mapping[str, Mapping[str, str]], own: Mapping[str, Mapping[str, str]]
    ) -> Mapping[str, Mapping[str, str]]:
        """Write the environment file, and return it; what this place provides wins over what the user gave."""
        content = {key: {**given.get(key, {}), **own.get(key, {})} for key in ("env", "secrets")}
        write(self.environment, json.dumps(content, indent=2, sort_keys=True) + "\n", mode=0o600)
        return content


def read_environment(path: pathlib.Path | None) -> Mapping[str, Mapping[str, str]]:
    """The user's own environment file. Raises PlaceError with every problem."""
    if path is None:
        return {}
    try:
        content = json.loads(path.read_bytes())
    except OSError as error:
        raise PlaceError(f"--environment {path} cannot be read: {error.strerror}") from error
    except ValueError as error:
        raise PlaceError(f"--environment {path} is no JSON: {error}") from error
    problems = _problems(content)
    if problems:
        raise PlaceError("\n".join(f"--environment {path}: {problem}" for problem in problems))
    return {str(key): dict(values) for key, values in content.items()}


def _problems(content: object) -> list[str]:
    if not isinstance(content, dict):
        return ['write {"env": {}, "secrets": {}}']
    problems = [f"{key!r} is unknown; env and secrets may stand there" for key in content.keys() - {"env", "secrets"}]
    for key in sorted(content.keys() & {"env", "secrets"}):
        values = content[key]
        if not isinstance(values, dict):
            problems.append(f"{key!r} is no object of names and values")
            continue
        problems += [f"{key}.{name} is no string: put it in quotes" for name, v in values.items() if type(v) is not str]
    return problems
