from __future__ import annotations

import os
import pathlib
import signal
import subprocess

import pytest

from orchestrator.testing import layouts


@pytest.fixture
def layout(tmp_path: pathlib.Path) -> pathlib.Path:
    """An image with a shell whose own program tells its arguments."""
    tree = pathlib.Path(os.environ["NIGHTJAR_BUBBLEWRAP"]).resolve().parents[2]
    config = {"User": "65532", "Entrypoint": ["sh", "-c", 'echo "own: $*"', "own"], "Env": ["PATH=/usr/bin"]}
    layouts.write(tmp_path / "layout", [layouts.shell(tree)], config)
    return tmp_path / "layout"


def shell(layout: pathlib.Path, *arguments: str | pathlib.Path) -> subprocess.CompletedProcess[str]:
    """Run the program as somebody in the layout's folder would."""
    return subprocess.run(
        [pathlib.Path(os.environ["SHELL_PROGRAM"]).absolute(), *arguments],
        env={
            **os.environ,
            "BUILD_WORKING_DIRECTORY": str(layout.parent),
            "BUILD_WORKSPACE_DIRECTORY": str(layout.parent / "workspace"),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )


def test_own_program(layout: pathlib.Path) -> None:
    """Without a command, and with arguments for it."""
    assert shell(layout, "layout").stdout == "own: \n"
    assert shell(layout, "--args", "layout", "a", "--b").stdout == "own: a --b\n"


def test_command_takes_its_place(layout: pathlib.Path) -> None:
    """Its output, its exit code, its signal, and only the variables that were set."""
    done = shell(layout, "--env", "A=b c", "layout", "sh", "-c", 'echo "$A$BUILD_WORKING_DIRECTORY"; exit 3')
    assert (done.stdout, done.returncode) == ("b c\n", 3)
    done = shell(layout, "layout", "sh", "-c", "sh -c 'kill -KILL $$'; exit $?")
    assert done.returncode == 128 + signal.SIGKILL


def test_only_what_is_mounted_is_seen(layout: pathlib.Path) -> None:
    """At the same path, and writable."""
    given = layout.parent / "given"
    given.mkdir()
    program = f"echo x > {given}/file && echo done"
    assert shell(layout, "layout", "sh", "-c", program).stdout == ""
    assert shell(layout, "--mount", "given", "layout", "sh", "-c", program).stdout == "done\n"
    assert (given / "file").read_text() == "x\n"


def test_mistakes_are_told(layout: pathlib.Path) -> None:
    """An image that is none, with those that are; a folder that is none; a variable without a value."""
    done = shell(layout, "nothing")
    assert (done.returncode, "orchestrator_debug" in done.stderr) == (78, True)
    done = shell(layout, "--mount", "absent", "layout")
    assert (done.returncode, "absent is no folder" in done.stderr) == (78, True)
    done = shell(layout, "--env", "A", "layout")
    assert (done.returncode, "write NAME=VALUE" in done.stderr) == (64, True)
