"""Terraform as a program: the person's own, from PATH, on the configuration of one environment.

What it keeps for itself lies in `.nightjar/terraform/ENV`, outside the sources. Its state is in the environment's
bucket; for trying things without a cloud it can be in a folder of this machine. Nothing here writes a state by itself.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from deploy.errors import DeployError, NotReady, WrongInput
from deploy.files import write

_OLDEST: Final = (1, 11)
_CHANGES: Final = 2
"""`plan -detailed-exitcode` where something changes."""
_MOST = 4_000
_LOCAL = 'terraform {\n  backend "local" {}\n}\n'


@dataclass(frozen=True, slots=True, kw_only=True)
class Terraform:
    """One configuration: `folder` with the .tf files, `data` for what Terraform keeps, `backend` where its state is."""

    folder: pathlib.Path
    data: pathlib.Path
    backend: Mapping[str, str]
    variables: Mapping[str, str]
    values: pathlib.Path | None = None
    """A file of values that is not the configuration's own; it may have more than the configuration knows."""

    @property
    def plan_file(self) -> pathlib.Path:
        """The plan that was made last."""
        return self.data / "plan"

    def init(self) -> None:
        """Fetch what is not there yet. Raises DeployError in Terraform's own words."""
        self.data.mkdir(parents=True, exist_ok=True)
        backend = [f"-backend-config={key}={value}" for key, value in self.backend.items()]
        self._run(["init", "-reconfigure", *backend])

    def plan(self, *, targets: Sequence[str] = ()) -> bool:
        """Make a plan; whether it changes anything."""
        words = [
            *([] if self.values is None else ["-compact-warnings", f"-var-file={self.values}"]),
            *(f"-var={name}={value}" for name, value in self.variables.items()),
            *(f"-target={each}" for each in targets),
        ]
        code = self._run(
            ["plan", "-detailed-exitcode", f"-out={self.plan_file}", *words], fine=(0, _CHANGES)
        ).returncode
        return code == _CHANGES

    def planned(self) -> dict[str, Any]:
        """The plan that was made, as JSON."""
        return self._json(["show", "-json", str(self.plan_file)])

    def plan_text(self, *, colour: bool) -> str:
        """The plan that was made, in Terraform's own words."""
        return self._run(["show", *([] if colour else ["-no-color"]), str(self.plan_file)]).stdout

    def apply(self, *, partly: bool = False) -> None:
        """Do what was planned, and nothing else. What Terraform says goes where this program's output goes.

        That only a part was planned, on purpose, it is not to warn of at length.
        """
        options = [*([] if sys.stdout.isatty() else ["-no-color"]), *(["-compact-warnings"] if partly else [])]
        sys.stdout.flush()
        done = subprocess.run(
            [_program(), "apply", *options, str(self.plan_file)], cwd=self.folder, env=self._environ(), check=False
        )
        if done.returncode != 0:
            raise DeployError(
                "Terraform did not get to the end; what it did is in its state. Mend that, and apply again"
            )

    def state(self) -> dict[str, Any]:
        """What is there after it, as JSON."""
        return self._json(["show", "-json"])

    def _json(self, arguments: list[str]) -> dict[str, Any]:
        found: dict[str, Any] = json.loads(self._run(arguments).stdout)
        return found

    def _run(self, arguments: list[str], *, fine: tuple[int, ...] = (0,)) -> subprocess.CompletedProcess[str]:
        done = subprocess.run(
            [_program(), *arguments],
            cwd=self.folder,
            env=self._environ(),
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode not in fine:
            said = _uncoloured(done.stderr or done.stdout)[-_MOST:].strip()
            raise WrongInput(f"terraform {arguments[0]} of {self.folder} fails:\n{said}")
        return done

    def _environ(self) -> dict[str, str]:
        return {**os.environ, "TF_DATA_DIR": str(self.data), "TF_IN_AUTOMATION": "1", "TF_INPUT": "0"}


def check_version() -> None:
    """Raise NotReady unless there is a Terraform on PATH that is young enough."""
    text = subprocess.run([_program(), "version", "-json"], capture_output=True, text=True, check=False).stdout
    try:
        version = str(json.loads(text)["terraform_version"])
        found = tuple(int(part) for part in version.partition("-")[0].split(".")[:2])
    except (ValueError, KeyError) as error:
        raise NotReady(f"{_program()} does not say which version it is: {text[:200]!r}. {_REMEDY}") from error
    if found < _OLDEST:
        raise NotReady(f"{_program()} is Terraform {version}: {_REMEDY}")


_REMEDY: Final = (
    f"put Terraform {'.'.join(map(str, _OLDEST))} or newer on PATH (https://developer.hashicorp.com/terraform/install)"
)


def in_bucket(
    workspace: pathlib.Path,
    path: str,
    data: pathlib.Path,
    *,
    bucket: str,
    variables: Mapping[str, str],
    values: pathlib.Path | None = None,
) -> Terraform:
    """The configuration at `path` of the sources, with its state in a bucket."""
    backend = {"bucket": bucket, "prefix": path.removeprefix("terraform/")}
    return Terraform(folder=workspace / path, data=data, backend=backend, variables=variables, values=values)


def in_folder(
    workspace: pathlib.Path,
    path: str,
    data: pathlib.Path,
    *,
    state: pathlib.Path,
    variables: Mapping[str, str],
    values: pathlib.Path | None = None,
) -> Terraform:
    """The same with its state in a folder of this machine.

    A file beside the configuration says so to Terraform, so the configuration is mirrored by links where that may be.
    """
    mirror = data / "mirror"
    folder = mirror / path
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    modules = mirror / "terraform" / "modules"
    if not modules.is_symlink():
        modules.symlink_to(workspace / "terraform" / "modules")
    for source in sorted((workspace / path).iterdir()):
        if source.is_file() and not source.name.startswith("."):
            (folder / source.name).symlink_to(source)
    write(folder / "backend_override.tf", _LOCAL)
    state.mkdir(parents=True, exist_ok=True)
    return Terraform(
        folder=folder, data=data, backend={"path": str(state / "terraform.tfstate")}, variables=variables, values=values
    )


def _program() -> str:
    found = shutil.which("terraform")
    if found is None:
        raise NotReady(f"there is no terraform on PATH: {_REMEDY}")
    return found


def _uncoloured(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)
