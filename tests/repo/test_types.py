"""mypy --strict over the whole repository."""

from __future__ import annotations

import pathlib
import subprocess
import sys

from tests.repo import tree


def test_types_hold(tmp_path: pathlib.Path) -> None:
    """The strict checker finds nothing in any folder."""
    repository = tree.copy(tmp_path)
    folders = [path.name for path in repository.iterdir() if any(path.rglob("*.py"))]
    done = subprocess.run(
        [sys.executable, "-m", "mypy", "--cache-dir=/dev/null", "--no-error-summary", *sorted(folders)],
        cwd=repository,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, f"\n{done.stdout}{done.stderr}"
