from __future__ import annotations

import pathlib

import pytest

from terraform.checks import places, program
from terraform.checks.program import Terraform


@pytest.fixture(scope="session")
def terraform(tmp_path_factory: pytest.TempPathFactory) -> Terraform:
    """The program of this machine."""
    return Terraform.find(tmp_path_factory.mktemp("terraform") / "plugins")


@pytest.fixture(scope="session")
def tree(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the folder, in which Terraform may write."""
    return program.copy(places.SOURCES, tmp_path_factory.mktemp("copy") / "terraform")
