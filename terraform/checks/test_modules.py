from __future__ import annotations

import os
import pathlib
import re
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor

import pytest

from terraform.checks import places
from terraform.checks.program import Terraform

FOLDERS = (*places.ROOTS, *(f"modules/{name}" for name in places.MODULES))


@pytest.fixture(scope="module")
def said(terraform: Terraform, tree: pathlib.Path) -> Iterator[Mapping[str, Future[str]]]:
    """What `terraform test` says of each folder; as many at a time as there are processors."""

    def test(name: str) -> str:
        if name not in places.ROOTS:
            terraform.begin(tree / name)  # Whatever else is begun beside it: the roots have fetched the plug-ins.
        return terraform.run(tree / name, "test", "-no-color")

    with ThreadPoolExecutor(os.cpu_count()) as pool:
        yield {name: pool.submit(test, name) for name in FOLDERS}


def test_everything_is_formatted(terraform: Terraform, tree: pathlib.Path) -> None:
    """`terraform fmt` would change nothing."""
    terraform.run(tree, "fmt", "-check", "-recursive", "-diff")


@pytest.mark.parametrize("name", FOLDERS)
def test_the_tests_of_a_folder_pass(said: Mapping[str, Future[str]], name: str) -> None:
    """Each module, each environment and the foundation has tests, and they pass; each run of one validates first."""
    text = said[name].result()
    passed = re.search(r"^Success! (\d+) passed, 0 failed\.$", text, re.MULTILINE)
    assert passed is not None, text
    assert int(passed[1]) > 0, f"{name} has no tests"
