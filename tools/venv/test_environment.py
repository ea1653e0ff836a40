from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

from tools.venv import environment

INTERPRETER = pathlib.Path(sys.executable)
DEMO = """
class Program:
    @staticmethod
    def main():
        print("said")
        return 3
"""


@pytest.fixture
def repository(tmp_path: pathlib.Path) -> pathlib.Path:
    """A repository of one package."""
    folder = tmp_path / "repository"
    (folder / "orchestrator").mkdir(parents=True)
    (folder / "orchestrator" / "app.py").write_text("NAME = 'here'\n")
    return folder


@pytest.fixture
def wheel(tmp_path: pathlib.Path) -> pathlib.Path:
    """An unpacked wheel with a module, an entry point and a program of its own."""
    site = tmp_path / "wheels" / "demo" / "site-packages"
    information = site / "demo-1.0.dist-info"
    information.mkdir(parents=True)
    (information / "METADATA").write_text("Metadata-Version: 2.1\nName: demo\nVersion: 1.0\n")
    (information / "entry_points.txt").write_text("[console_scripts]\ndemo = demo:Program.main\n")
    (site / "demo.py").write_text(DEMO)
    carried = site.parent / "bin" / "carried"
    carried.parent.mkdir()
    carried.write_text("#!/bin/sh\necho carried\n")
    carried.chmod(0o755)
    return site


def make(repository: pathlib.Path, *wheels: pathlib.Path) -> environment.Made:
    """An environment at `.venv` of the repository."""
    return environment.make(repository / ".venv", repository=repository, interpreter=INTERPRETER, wheels=wheels)


def run(*command: str | pathlib.Path, code: int = 0) -> str:
    """Run a program as a person would; what it printed."""
    environment = {"PATH": os.environ.get("PATH", "")}
    done = subprocess.run(command, env=environment, cwd="/", capture_output=True, text=True, check=False)
    assert done.returncode == code, done.stderr
    return done.stdout.strip()


def test_its_python_sees_the_repository_and_the_wheels(repository: pathlib.Path, wheel: pathlib.Path) -> None:
    """From any folder, without a variable set."""
    made = make(repository, wheel)
    program = "import demo, orchestrator.app, sys; print(demo.__file__, orchestrator.app.NAME, sys.prefix)"
    assert run(made.python, "-c", program) == f"{wheel / 'demo.py'} here {repository / '.venv'}"
    assert run(made.python, "-c", "import sys; print(sys.executable)") == str(made.python)


def test_its_python_is_the_one_that_runs_this(repository: pathlib.Path, wheel: pathlib.Path) -> None:
    """The interpreter and the standard library of the images, behind the link."""
    made = make(repository, wheel)
    program = "import os, sys; print(os.path.realpath(os.__file__)); print(sys.version)"
    assert run(made.python, "-c", program) == f"{os.path.realpath(os.__file__)}\n{sys.version}"


def test_the_wheels_bring_their_programs(repository: pathlib.Path, wheel: pathlib.Path) -> None:
    """Entry points and carried programs are in bin/, exit codes come through."""
    programs = make(repository, wheel).python.parent
    assert run(programs / "demo", code=3) == "said"
    assert run(programs / "carried") == "carried"


def test_it_can_be_activated(repository: pathlib.Path, wheel: pathlib.Path) -> None:
    """A shell that reads bin/activate finds its python first, though the folder was moved into place."""
    made = make(repository, wheel)
    assert run("sh", "-c", f". '{made.python.parent / 'activate'}'; command -v python") == str(made.python)


def test_making_it_again_replaces_it(repository: pathlib.Path, wheel: pathlib.Path) -> None:
    """What no longer belongs to it goes, and nothing is left beside it."""
    make(repository, wheel)
    stray = repository / ".venv" / "stray"
    stray.touch()
    other = wheel.parents[1] / "other" / "site-packages"
    other.mkdir(parents=True)
    made = make(repository, other)
    assert not stray.exists()
    assert run(made.python, "-c", "import importlib.util; print(importlib.util.find_spec('demo'))") == "None"
    assert sorted(path.name for path in repository.iterdir()) == [".venv", "orchestrator"]


def test_what_is_not_its_own_stays(repository: pathlib.Path, wheel: pathlib.Path) -> None:
    """A folder that somebody else made is not touched."""
    (repository / ".venv").mkdir()
    (repository / ".venv" / "mine").touch()
    with pytest.raises(environment.VenvError, match="was not made by this; move it away"):
        make(repository, wheel)
    assert (repository / ".venv" / "mine").exists()


def test_without_wheels_it_says_how_to_start_it(repository: pathlib.Path) -> None:
    """Started by hand there is no wheel on the import path."""
    with pytest.raises(environment.VenvError, match=r"\./bazelw run //:venv"):
        make(repository)
    assert not (repository / ".venv").exists()


def test_wheels_are_the_folders_behind_the_links(tmp_path: pathlib.Path) -> None:
    """Bazel's runfiles are links; the environment names what they lead to, once each, in order."""
    for name in ("a", "b"):
        real, linked = (tmp_path / kind / name / "site-packages" / f"{name}-1.dist-info" for kind in ("real", "links"))
        for folder in (real, linked):
            folder.mkdir(parents=True)
        (real / "METADATA").touch()
        (linked / "METADATA").symlink_to(real / "METADATA")
    path = [str(tmp_path), *(str(tmp_path / folder / "site-packages") for folder in ("links/a", "real/b", "real/a"))]
    assert environment.wheels(path) == tuple(tmp_path / "real" / name / "site-packages" for name in ("a", "b"))
