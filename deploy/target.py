"""An environment to deploy to: its values, its Terraform, its history, and the APIs that are asked about it."""

from __future__ import annotations

import argparse
import contextlib
import os
import pathlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

from deploy import google, terraform
from deploy.crane import Crane
from deploy.errors import WrongInput
from deploy.google import Service
from deploy.history import History
from deploy.options import user_path
from deploy.release import workspace
from deploy.terraform import Terraform
from deploy.values import Values, read_values
from orchestrator.core import release as releases
from orchestrator.core.model import Release

FOUNDATION: Final = "terraform/foundation"


@dataclass(frozen=True, slots=True, kw_only=True)
class Target:
    """One environment. `local` is a folder that stands for its buckets, where nothing of a cloud is used."""

    values: Values
    workspace: pathlib.Path
    local: pathlib.Path | None
    run: Service
    secrets: Service

    @property
    def name(self) -> str:
        """The environment's."""
        return self.values.environment

    @property
    def data(self) -> pathlib.Path:
        """What Terraform keeps here."""
        return self.workspace / ".nightjar" / "terraform" / self.name

    def history(self) -> History:
        """The releases that were applied."""
        url = self.values.history if self.local is None else (self.local / "history").as_uri()
        return History(url, self.name)

    def terraform(self, release: pathlib.Path) -> Terraform:
        """The environment's configuration with a release."""
        variables = {"release_file": str(release)}
        return self._configuration(f"terraform/environments/{self.name}", self.data, self.name, variables=variables)

    def foundation(self) -> Terraform:
        """What has to exist before a first push, with the environment's values as far as it has variables for them."""
        own = self.workspace / self.values.source
        return self._configuration(FOUNDATION, self.data / "foundation", f"foundation/{self.name}", values=own)

    def _configuration(
        self,
        path: str,
        data: pathlib.Path,
        state: str,
        *,
        variables: Mapping[str, str] = MappingProxyType({}),
        values: pathlib.Path | None = None,
    ) -> Terraform:
        """A configuration of this environment, whose state is in its bucket or, as `state`, in the folder for it."""
        terraform.check_version()
        if self.local is None:
            bucket = self.values.state_bucket
            return terraform.in_bucket(self.workspace, path, data, bucket=bucket, variables=variables, values=values)
        folder = self.local / "state" / state
        return terraform.in_folder(self.workspace, path, data, state=folder, variables=variables, values=values)

    def job(self, name: str) -> str:
        """The path of a job in the Admin API."""
        return f"/v2/projects/{self.values.project}/locations/{self.values.region}/jobs/{name}"


@contextlib.contextmanager
def target(options: argparse.Namespace) -> Iterator[Target]:
    """The environment that the command line names. Raises WrongInput."""
    found = Target(
        values=read_values(workspace(), options.env),
        workspace=workspace(),
        local=user_path(options.local) if options.local else None,
        run=google.service(google.RUN, options.endpoint),
        secrets=google.service(google.SECRETS, options.secrets_endpoint),
    )
    try:
        yield found
    finally:
        found.run.close()
        found.secrets.close()


def read_release(path: pathlib.Path) -> tuple[str, Release]:
    """A release's text and what it says. Raises WrongInput or ReleaseError."""
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise WrongInput(
            f"{path} cannot be read: {error}. `./bazelw run //deploy:push` writes one; --release FILE names another"
        ) from error
    return text, releases.loads(text, source=path.name)


def crane() -> Crane:
    """The program of the build."""
    return Crane(program=pathlib.Path(os.environ["CRANE"]).absolute())
