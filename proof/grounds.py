"""What all runs of a proof share: the recorded service, one PostgreSQL server, the release, the undisturbed results.

A run gets a folder and a database of its own, so no run sees another's. Two things are not as in `//deploy:local`: the
pipeline's retries follow within half a second and are many, because a proof kills more often than a day does, and
nobody is alerted.
"""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import re
import shutil
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path

from deploy.children import program
from deploy.files import write
from deploy.place import SERVICE, Needs
from deploy.release import Runner, of_build, workspace
from deploy.services import recorded_service
from orchestrator import app, config
from orchestrator.core import release as releases
from orchestrator.core.events import Recorded
from orchestrator.core.model import Backoff, Release, Retry
from steps.kit.contract import RunId
from tests.crash.places import Databases, address, databases

DAYS = ("2018-01-31", "2018-02-01", "2018-02-02", "2018-02-03")
_PUBLISHED = re.compile(r"manifest-.*\.json|[0-9a-f]{64}")
"""Names of manifests and objects; whoever is killed while writing leaves a file of another name."""
_RETRY = Retry(
    attempts=50,
    backoff=Backoff(initial=timedelta(seconds=0.3), factor=1, maximum=timedelta(seconds=0.5)),
    exit_codes=None,
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """Where one run lies, and what its drivers are told."""

    folder: Path
    run: RunId
    store: str
    dsn: str
    runner: Runner

    @property
    def state(self) -> Path:
        """The state folder."""
        return self.folder / "state"

    def settings(self) -> list[str]:
        """The options of a driver."""
        options = ["--release", str(self.folder / "release.json"), "--date", self.run.logical_date.isoformat()]
        options += ["--state", str(self.state), "--root", str(Path.cwd()), "--store", self.store]
        options += ["--environment", str(self.folder / "environment.json")]
        options += ["--storage", (self.folder / "storage").as_uri()]
        if self.runner is Runner.IMAGES:
            options += ["--bubblewrap", str(Path(os.environ["NIGHTJAR_BUBBLEWRAP"]).absolute())]
        return options

    def log(self) -> tuple[Recorded, ...]:
        """The run's events."""
        with contextlib.closing(app.open_store(config.read({"store": self.store}, {}).store)) as store:
            return store.read(self.run)

    def results(self) -> dict[str, str]:
        """The digest of each manifest and of each object, by its key."""
        storage = self.folder / "storage"
        published = [path for path in storage.rglob("*") if _PUBLISHED.fullmatch(path.name)]
        return {
            str(path.relative_to(storage)): hashlib.sha256(path.read_bytes()).hexdigest() for path in sorted(published)
        }

    def claims(self) -> list[str]:
        """The attempts that began to work, one for each task of each."""
        return [
            json.loads(path.read_bytes())["attempt"] for path in (self.folder / "storage").glob("runs/*/*/*/*/claims/*")
        ]


@dataclass(frozen=True, slots=True, kw_only=True)
class Grounds:
    """Running servers and a folder."""

    folder: Path
    release: Release
    runner: Runner
    service: str
    databases: Databases

    def place(self, name: str, *, day: str, kind: str) -> Place:
        """A place for a run that nothing was done for yet."""
        folder = self.folder / name
        dsn = self.databases.new()
        needs = Needs.of(self.release.pipeline)
        values = {
            "env": {SERVICE: self.service} if needs.service else {},
            "secrets": dict.fromkeys(needs.database, dsn),
        }
        write(folder / "environment.json", json.dumps(values), mode=0o600)
        write(folder / "release.json", releases.dumps(self.release))
        (folder / "storage").mkdir()
        (folder / "state").mkdir()
        if self.runner is Runner.IMAGES:
            images = self.folder / "images"
            images.mkdir(exist_ok=True)
            (folder / "state" / "images").symlink_to(images)
        run = RunId.parse(f"{self.release.pipeline.name}-{day}-g1")
        store = address(kind, folder, dsn)
        return Place(folder=folder, run=run, store=store, dsn=dsn, runner=self.runner)

    def forget(self, place: Place) -> None:
        """Remove a run that was fine."""
        self.databases.drop(place.dsn)
        shutil.rmtree(place.folder)


@contextmanager
def prepared(folder: Path, environ: Mapping[str, str], runner: Runner) -> Iterator[Grounds]:
    """Grounds in this folder; their servers are stopped at the end. Raises PlaceError and PostgresError."""
    with databases(folder / "postgres") as made, recorded_service(folder, program("CATALOGUE")) as (_, service):
        yield Grounds(folder=folder, release=_release(environ, runner), runner=runner, service=service, databases=made)


def _release(environ: Mapping[str, str], runner: Runner) -> Release:
    made = of_build(dict(environ), workspace(), runner=runner)
    steps = {name: dataclasses.replace(step, retry=_RETRY) for name, step in made.pipeline.steps.items()}
    return dataclasses.replace(made, pipeline=dataclasses.replace(made.pipeline, steps=steps, alerts=()))
