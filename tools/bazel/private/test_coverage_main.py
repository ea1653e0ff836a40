from __future__ import annotations

import os
import pathlib
import subprocess
import sys

import pytest

SETTINGS = pathlib.Path("pyproject.toml").absolute()
MODULE = """\
from typing import assert_never


def sign(of: int, shown: bool = True) -> str:
    if of < 0:
        return "-"
    if shown:
        of += 1
    return "+"


def word(of: bool) -> str:
    match of:
        case True:
            return "yes"
        case False:
            return "no"
        case _:
            assert_never(of)
"""
WORDS = "    assert (module.word(True), module.word(False)) == ('yes', 'no')\n"
ALL = (
    "import module\n\ndef test_it():\n    assert module.sign(-1) + module.sign(1) + module.sign(1, False) == '-++'\n"
    + WORDS
)
LESS = ALL.replace("module.sign(-1)", "'-'")
HALF = ALL.replace(" + module.sign(1, False) == '-++'", " == '-+'")
DRAWN = f"""{LESS}
from hypothesis import example, given, strategies

@given(strategies.integers())
@example(-1)
def test_any(number):
    assert module.sign(number)
"""


def run(folder: pathlib.Path, test: str, *, module: str = MODULE, **environment: str) -> tuple[int, str]:
    """The exit code and the words of a run that is to cover every module of the folder by this test."""
    for name, text in (("module.py", module), ("test_module.py", test), (SETTINGS.name, SETTINGS.read_text())):
        (folder / name).write_text(text)
    (folder / "scratch").mkdir()
    covers = sorted(path.name for path in folder.glob("*.py") if path.name != "test_module.py")
    done = subprocess.run(
        [sys.executable, "-m", "tools.bazel.private.coverage_main", "--covers", *covers, "--tests", "test_module.py"],
        env={
            **{
                name: value
                for name, value in os.environ.items()
                if name not in {"TESTBRIDGE_TEST_ONLY", "XML_OUTPUT_FILE"}
            },
            "PYTHONPATH": os.pathsep.join([str(folder), *filter(None, sys.path)]),
            "TEST_TMPDIR": str(folder / "scratch"),
            **environment,
        },
        cwd=folder,
        capture_output=True,
        text=True,
        check=False,
    )
    return done.returncode, done.stdout + done.stderr


def check_missing(folder: pathlib.Path, test: str, missing: str, *, module: str = MODULE) -> None:
    """The test passes, and this is what it leaves out."""
    code, words = run(folder, test, module=module)
    assert (code, [line.split("%")[1].strip() for line in words.splitlines() if line.startswith("module.py")]) == (
        1,
        [missing],
    ), words


def test_what_is_covered_passes(tmp_path: pathlib.Path) -> None:
    """What the type checker alone needs does not count, and nothing is left beside the sources."""
    code, words = run(tmp_path, ALL)
    assert code == 0, words
    assert [path.name for path in tmp_path.iterdir() if "coverage" in path.name] == []


def test_lines_and_branches_are_told(tmp_path: pathlib.Path) -> None:
    """A line that no test reaches, and a condition that is only ever true."""
    (tmp_path / "a").mkdir()
    check_missing(tmp_path / "a", LESS, "6")
    (tmp_path / "b").mkdir()
    check_missing(tmp_path / "b", HALF, "7->9")


@pytest.mark.parametrize("comment", ["# pragma: no cover", "# pragma: no branch"])
def test_a_comment_excuses_nothing(tmp_path: pathlib.Path, comment: str) -> None:
    """The exceptions are in pyproject.toml, for all."""
    check_missing(tmp_path, LESS, "6", module=MODULE.replace("if of < 0:", f"if of < 0:  {comment}"))


def test_what_only_drawn_examples_reach_is_not_covered(tmp_path: pathlib.Path) -> None:
    """Another draw might not reach it."""
    check_missing(tmp_path, DRAWN, "6")


def test_a_module_that_nothing_imports_is_not_covered(tmp_path: pathlib.Path) -> None:
    """A test that was forgotten does not make a module vanish."""
    (tmp_path / "lonely.py").write_text("ONE = 1\nTWO = 2\n")
    code, words = run(tmp_path, ALL)
    assert code == 1
    assert any(line.split() == ["lonely.py", "2", "2", "0", "0", "0%", "1-2"] for line in words.splitlines()), words


def test_a_failing_test_is_told_first(tmp_path: pathlib.Path) -> None:
    """What it covers is of no interest then."""
    code, words = run(tmp_path, ALL.replace("'-++'", "'?'"))
    assert (code, "1 failed" in words, "Missing" in words) == (1, True, False)


def test_a_part_of_the_tests_is_not_held_to_cover_all(tmp_path: pathlib.Path) -> None:
    """`--test_filter` is for looking at one thing."""
    code, words = run(tmp_path, f"{LESS}\ndef test_other():\n    pass\n", TESTBRIDGE_TEST_ONLY="other")
    assert (code, "1 passed" in words, "Missing" in words) == (0, True, False)
