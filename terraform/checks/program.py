"""Terraform, as the checks call it: the one on PATH, in a copy of the folder, with state of its own and no cloud.

Nothing is written beside the sources, above all no lock file: where the provider is a stand-in, its hash is not the
provider's. What a call prints is in the error if it fails.
"""

from __future__ import annotations

import json
import os
import pathlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Final

LEAST: Final = (1, 11)
_LOCAL_STATE: Final = 'terraform {\n  backend "local" {}\n}\n'
_LEFT_OUT: Final = shutil.ignore_patterns(".terraform", ".terraform.lock.hcl", "*.tfstate*", "__pycache__")
_INSTALL: Final = (
    "The checks of Terraform did not run: install Terraform 1.11 or later and put it on PATH.\n"
    "Where its registry is out of reach, TF_CLI_CONFIG_FILE names a file that says where the google provider is."
)


class TerraformError(Exception):
    """Terraform cannot be used, or a call of it failed; the message is what it printed."""


@dataclass(frozen=True, slots=True)
class Terraform:
    """One program, and one folder in which its plug-ins are kept, so that each is fetched once."""

    program: pathlib.Path
    plugins: pathlib.Path

    @classmethod
    def find(cls, plugins: pathlib.Path, path: str | None = None) -> Terraform:
        """The program on PATH. Raises TerraformError with a remedy where there is none that is new enough."""
        found = shutil.which("terraform", path=path)
        if found is None:
            raise TerraformError(_INSTALL)
        said = subprocess.run([found, "version"], capture_output=True, text=True, check=False).stdout
        version = re.search(r"Terraform v(\d+)\.(\d+)", said)
        if version is None or (int(version[1]), int(version[2])) < LEAST:
            raise TerraformError(f"{found} is {said.partition(chr(10))[0] or 'no Terraform'}.\n{_INSTALL}")
        plugins.mkdir(exist_ok=True)
        return cls(pathlib.Path(found), plugins)

    def run(self, folder: pathlib.Path, *arguments: str) -> str:
        """What a call prints. Raises TerraformError."""
        done = subprocess.run(
            [self.program, f"-chdir={folder}", *arguments],
            env=self._environment(),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode != 0:
            words = f"terraform -chdir={folder} {' '.join(arguments)}"
            raise TerraformError(f"{words}: exit {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def begin(self, folder: pathlib.Path) -> None:
        """Fetch the plug-ins of a folder; its state stays in it, whatever backend it names."""
        if any('backend "' in file.read_text(encoding="utf-8") for file in folder.glob("*.tf")):
            (folder / "local_override.tf").write_text(_LOCAL_STATE, encoding="utf-8")
        try:
            self.run(folder, "init", "-no-color", "-input=false")
        except TerraformError as err:
            raise TerraformError(f"{err}\nIs the google provider to be had? {_INSTALL}") from err

    def plan(self, folder: pathlib.Path, values: Sequence[str]) -> dict[str, Any]:
        """The plan with these values, as Terraform describes it to programs."""
        with tempfile.TemporaryDirectory() as scratch:
            file = f"{scratch}/plan.bin"
            # No state is written, so that several plans of a folder may be made at a time.
            self.run(folder, "plan", "-no-color", "-input=false", "-lock=false", f"-out={file}", *values)
            plan: dict[str, Any] = json.loads(self.run(folder, "show", "-json", file))
        return plan

    def plans(self, wanted: Mapping[str, tuple[pathlib.Path, Sequence[str]]]) -> dict[str, dict[str, Any]]:
        """The plans of folders with values, by their names; as many at a time as there are processors."""
        with ThreadPoolExecutor(os.cpu_count()) as pool:
            made = {name: pool.submit(self.plan, folder, values) for name, (folder, values) in wanted.items()}
        return {name: plan.result() for name, plan in made.items()}

    def _environment(self) -> Mapping[str, str]:
        return {
            **{name: value for name, value in os.environ.items() if not name.startswith("TF_VAR_")},
            "CHECKPOINT_DISABLE": "1",
            "TF_IN_AUTOMATION": "1",
            "TF_PLUGIN_CACHE_DIR": str(self.plugins),
            "TF_PLUGIN_CACHE_MAY_BREAK_DEPENDENCY_LOCK_FILE": "1",
            # A plan of what does not exist yet asks Google nothing, and whoever runs the checks may have no account.
            "GOOGLE_OAUTH_ACCESS_TOKEN": "none",
        }


def copy(source: pathlib.Path, target: pathlib.Path) -> pathlib.Path:
    """A copy of the folder `terraform/`."""
    shutil.copytree(source, target, ignore=_LEFT_OUT)
    return target
