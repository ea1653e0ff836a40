from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from terraform.checks import places
from terraform.checks.program import Terraform

FOLDERS = (*(f"modules/{name}" for name in places.MODULES), *places.ROOTS)


@pytest.fixture(scope="module")
def said(terraform: Terraform, tree: pathlib.Path) -> Iterator[Mapping[str, Future[str]]]:
    """What `terraform test` says of each folder; as many at a time as there are processors."""
    for name in FOLDERS:  # One after the other: they fetch plug-ins into one place.
        terraform.begin(tree / name)
    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {name: pool.submit(terraform.run, tree / name, "test", "-no-color") for name in FOLDERS}


def test_everything_is_formatted(terraform: Terraform, tree: pathlib.Path) -> None:
    """`terraform fmt` would change nothing."""
    terraform.run(tree, "fmt", "-check", "-recursive", "-diff")


@pytest.mark.usefixtures("said")
@pytest.mark.parametrize("name", places.ROOTS)
def test_what_is_put_together_is_valid(terraform: Terraform, tree: pathlib.Path, name: str) -> None:
    """Environments and foundation, and by them every module, are what the provider takes."""
    terraform.run(tree / name, "validate", "-no-color")


@pytest.mark.parametrize("name", FOLDERS)
def test_the_tests_of_a_folder_pass(said: Mapping[str, Future[str]], name: str) -> None:
    """Each module, each environment and the foundation has tests, and they pass."""
    text = said[name].result()
    passed = re.search(r"^Success! (\d+) passed, 0 failed\.$", text, re.MULTILINE)
    assert passed is not None, text
    assert int(passed[1]) > 0, f"{name} has no tests"
