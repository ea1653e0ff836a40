from __future__ import annotations

import os
import pathlib
import pty
import signal

import pytest

from tests.bazelw.small import DEADLINE, Small, eventually


def arguments(small: Small) -> list[str]:
    """What Bazel was given after bazelw's own startup options."""
    given: list[str] = small.notes()[0]["arguments"]
    own = ("--bazelrc=", "--output_user_root=", "--host_jvm_args=")
    return [argument for argument in given if not argument.startswith(own)]


@pytest.mark.parametrize("code", [0, 1, 3, 8, 36, 143])
def test_exit_codes_come_back(ready: Small, code: int) -> None:
    """Whatever Bazel ends with, bazelw ends with."""
    done = ready.call("test", "//...", wanted={"exit": code})
    assert done.code == code, done.err


def test_arguments_go_in_as_they_are(ready: Small) -> None:
    """Blanks, quotes, stars and empty words included; bazelw's own come before."""
    given = ["--batch", "build", "", "a b", "it's", '"', "*", "$HOME", "\\", "--", "-x"]
    assert ready.call(*given).code == 0
    assert arguments(ready) == given


def test_bazel_runs_in_the_root(ready: Small) -> None:
    """It sees the root's programs, not this machine's; its settings are the second way's."""
    ready.call("build")
    [note] = ready.notes()
    assert note["root"] == ["awk", "bazel", "bwrap", "dash", "python3.13", "sh"]
    assert note["arguments"][:3] == [
        f"--bazelrc={ready.folder}/tools/debian/debian.bazelrc",
        f"--output_user_root={ready.cache}/bazel",
        f"--host_jvm_args=-Djava.io.tmpdir={ready.cache / 'tmp'}",
    ]


def test_standard_input_goes_in(ready: Small) -> None:
    """As in `./bazelw build --target_pattern_file=-` and the like."""
    assert ready.call("build", give="line\nmore\n", wanted={"read": True}).code == 0
    assert ready.notes()[-1] == {"read": "line\n"}


def test_it_works_from_a_folder_below(ready: Small) -> None:
    """Bazel is started in the same folder, also where that was reached by a link."""
    below = ready.folder / "steps" / "extract"
    below.mkdir(parents=True)
    (ready.base / "link").symlink_to(ready.folder)
    for folder in (below, ready.base / "link" / "steps" / "extract"):
        assert ready.call("build", folder=folder).code == 0
    assert [note["folder"] for note in ready.notes()] == [str(below)] * 2


def test_it_works_from_elsewhere(ready: Small) -> None:
    """Called by its path from outside the workspace, it is about its workspace; a link to it is as good."""
    (ready.base / "bazelw").symlink_to(ready.folder / "bazelw")
    assert ready.call("build", folder=ready.base).code == 0
    assert ready.call("build", program=ready.base / "bazelw", folder=ready.base).code == 0
    assert [note["folder"] for note in ready.notes()] == [str(ready.folder)] * 2


@pytest.mark.parametrize("name", ["SIGINT", "SIGTERM"])
def test_signals_reach_bazel(ready: Small, name: str) -> None:
    """A signal to bazelw is one to Bazel's client, whose exit code comes back."""
    process = ready.start("build", wanted={"wait": "signal"})
    eventually(lambda: len(ready.notes()) == 1)
    process.send_signal(signal.Signals[name])
    assert process.wait(DEADLINE) == 8
    assert ready.notes()[1:] == [{"signal": name}]


def test_bazel_may_take_its_time_over_a_signal(ready: Small) -> None:
    """It waits for the client's own end, and gives its code."""
    process = ready.start("build", wanted={"wait": "line", "exit": 8})
    eventually(lambda: len(ready.notes()) == 1)
    process.terminate()
    eventually(lambda: {"signal": "SIGTERM"} in ready.notes())
    process.communicate("go on\n", timeout=DEADLINE)
    assert process.returncode == 8


def test_a_terminal_interrupts_once(ready: Small) -> None:
    """Ctrl-C reaches the client from the terminal itself; a second one from bazelw would count as impatience."""
    near, far = pty.openpty()
    process = ready.start(
        "build",
        wanted={"wait": "line", "exit": 8},
        stdin=far,
        # The first terminal that a session opens becomes its own.
        preexec_fn=lambda: os.close(os.open(os.ttyname(far), os.O_RDWR)),
    )
    os.close(far)
    eventually(lambda: len(ready.notes()) == 1)
    os.write(near, b"\x03")
    eventually(lambda: {"signal": "SIGINT"} in ready.notes())
    os.write(near, b"go on\n")
    process.communicate(timeout=DEADLINE)
    os.close(near)
    assert process.returncode == 8
    assert [note for note in ready.notes() if "signal" in note] == [{"signal": "SIGINT"}]


def script(small: Small, text: str, *given: str, **options: str) -> tuple[int, str]:
    """`bazelw run` of a target whose script is `text`: exit code and output."""
    done = small.call("run", "//:it", *given, wanted={"script": f"#!/bin/bash\n{text}\n"}, **options)
    return done.code, done.out


def test_run_builds_inside_and_starts_outside(ready: Small) -> None:
    """The program sees this machine's programs, the caller's variables and input, and its code comes back."""
    ready.environment["ANSWER"] = "42"
    text = 'test -e /usr/bin/ls && echo outside; command -v curl; echo "$ANSWER"; cat; exit 5'
    machine = ready.base / "machine" / "curl"
    assert script(ready, text, give="given\n") == (5, f"outside\n{machine}\n42\ngiven\n")


def test_run_gives_arguments_and_folder(ready: Small) -> None:
    """What follows `--` is Bazel's to write into the script; the script's own folder counts, as with Bazel."""
    text = f'cd {ready.folder} && exec env BUILD_WORKING_DIRECTORY=x sh -c \'echo "$PWD" "$@"\' it "a b" "$@"'
    assert script(ready, text, "--", "a b") == (0, f"{ready.folder} a b\n")
    given = arguments(ready)
    assert (given[0], given[2:]) == ("run", ["//:it", "--", "a b"])
    assert pathlib.Path(given[1].removeprefix("--script_path=")).parent == ready.cache / "run"


def test_run_behind_startup_options(ready: Small) -> None:
    """The command is the first word that is no option, also where a target is called run."""
    assert ready.call("--nohome_rc", "run", "//:run", wanted={"script": "exit 4"}).code == 4
    assert ready.call("build", "run", wanted={"script": "exit 4"}).code == 0


def test_run_that_does_not_build(ready: Small) -> None:
    """Bazel's code comes back, nothing is started, nothing is left."""
    done = ready.call("run", "//:it", wanted={"exit": 1, "script": "echo started"})
    assert (done.code, done.out) == (1, "")
    assert list((ready.cache / "run").iterdir()) == []


def test_run_with_a_script_of_the_callers(ready: Small) -> None:
    """Who asks for the script gets it, and it is not started."""
    path = ready.folder / "script"
    done = ready.call("run", f"--script_path={path}", "//:it", wanted={"script": "echo started"})
    assert (done.code, done.out) == (0, "")
    assert path.read_text() == "echo started"
