"""ruff and import-linter over the whole repository, by the settings of pyproject.toml and .importlinter."""

from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from tests.repo import tree


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> pathlib.Path:
    """A copy of the repository."""
    return tree.copy(tmp_path_factory.mktemp("repository"))


def _ruff() -> str:
    return next(str(path.absolute()) for path in map(pathlib.Path, os.environ["RUFF"].split()) if path.name == "ruff")


def check(command: list[str], folder: pathlib.Path) -> None:
    """Run a checker in the folder; what it prints is the failure."""
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"


def test_ruff_finds_nothing(repository: pathlib.Path) -> None:
    """Every rule of the linter that pyproject.toml does not except with a reason holds."""
    check([_ruff(), "check", "--no-cache", "."], repository)


def test_the_code_is_formatted(repository: pathlib.Path) -> None:
    """Running the formatter would change nothing."""
    check([_ruff(), "format", "--no-cache", "--diff", "."], repository)


def test_imports_follow_the_layers(tmp_path: pathlib.Path) -> None:
    """Nobody imports what stands above or beside: the contracts of .importlinter, which are not about tests."""
    repository = tree.copy(tmp_path)
    for test in [*repository.rglob("test_*.py"), *repository.rglob("conftest.py")]:
        test.unlink()
    program = "import sys; from importlinter.cli import lint_imports; sys.exit(lint_imports(no_cache=True))"
    check([sys.executable, "-c", f"import sys; sys.path.insert(0, '.'); {program}"], repository)
