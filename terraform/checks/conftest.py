from __future__ import annotations

import pathlib
from collections.abc import Mapping
from typing import Any

import pytest

from terraform.checks import places, program
from terraform.checks.program import Terraform


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The program of this machine."""
    return Terraform.find(tmp_path_factory.mktemp("terraform") / "plugins")


@pytest.fixture(scope="session")
def tree(terraform: Terraform, tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the folder, in which Terraform may write. Its roots are begun, and by them the plug-ins are there."""
    tree = program.copy(places.SOURCES, tmp_path_factory.mktemp("copy") / "terraform")
    for name in places.ROOTS:
        terraform.begin(tree / name)
    return tree


@pytest.fixture(scope="session")
def planned(terraform: Terraform, tree: pathlib.Path) -> Mapping[str, Mapping[str, Any]]:
    """The first plan of each environment, with the pipeline's own release."""
    values = [f"-var=release_file={places.write(tree, places.release())}"]
    return terraform.plans({name: (tree / "environments" / name, values) for name in places.ENVIRONMENTS})
