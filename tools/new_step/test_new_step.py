from __future__ import annotations

import importlib.util
import os
import pathlib
import subprocess
import sys
from collections.abc import Mapping

import pytest

from orchestrator.core import spec
from tools.new_step.command import main
from tools.new_step.entry import NewStep, NoPlaceError, add_entry
from tools.new_step.files import files

ROOT = pathlib.Path.cwd()
HEAD = "name: demo\nschedule: {cron: '1 0 * * *', time_zone: UTC}\n"
LONGEST = "a" * 39 + "b"


@pytest.fixture
def tree(tmp_path: pathlib.Path) -> pathlib.Path:
    """A repository with a pipeline and no folder of a step."""
    (tmp_path / "steps").mkdir()
    (tmp_path / "pipeline.yaml").write_bytes((ROOT / "tools/new_step/sample.yaml").read_bytes())
    return tmp_path


def content(tree: pathlib.Path) -> Mapping[str, bytes]:
    """Every file of a tree, hidden ones too."""
    return {str(path.relative_to(tree)): path.read_bytes() for path in tree.rglob("*") if path.is_file()}


def names(folder: pathlib.Path) -> list[str]:
    """What lies in a folder."""
    return sorted(path.name for path in folder.iterdir())


def python(tree: pathlib.Path, *arguments: str, program: str = sys.executable) -> subprocess.CompletedProcess[str]:
    """A program that imports from the tree first and from this test's own path after that."""
    path = os.pathsep.join([str(tree), *sys.path])
    environment = {
        "PATH": os.defpath,
        "PYTHONPATH": path,
        "PYTHONDONTWRITEBYTECODE": "1",
        "HOME": str(tree),
        "MYPYPATH": str(ROOT),
    }
    return subprocess.run(
        [program, *arguments], cwd=tree, env=environment, capture_output=True, text=True, timeout=120, check=False
    )


def check_refused(tree: pathlib.Path, capsys: pytest.CaptureFixture[str], *arguments: str, says: list[str]) -> None:
    """Nothing is written, the exit code says so, and the message holds every problem."""
    before = content(tree)
    assert main(arguments, tree) == 64
    told = capsys.readouterr().err
    assert [part for part in says if part not in told] == []
    assert content(tree) == before


def test_a_new_step_is_a_folder_and_an_entry(tree: pathlib.Path) -> None:
    """The entry stands below the last step, and every line that was there stays as it was."""
    before = (tree / "pipeline.yaml").read_text()
    assert main(["forecast", "--needs", "aggregate,detect", "--description", "What: it brings #1"], tree) == 0
    added = '  forecast:\n    description: "What: it brings #1"\n    needs: [aggregate, detect]\n'
    assert (tree / "pipeline.yaml").read_text() == before + added
    assert names(tree / "steps") == ["forecast"]
    expected = ["BUILD.bazel", "__main__.py", "forecast.py", "test_forecast.py"]
    assert names(tree / "steps" / "forecast") == expected


def test_needs_can_be_given_one_by_one(tree: pathlib.Path) -> None:
    """`--needs a --needs b` is `--needs a,b`."""
    assert main(["forecast", "--needs", "detect", "--needs", "aggregate"], tree) == 0
    assert spec.resolve((tree / "pipeline.yaml").read_text()).steps["forecast"].needs == ("detect", "aggregate")


def test_the_test_of_a_new_step_passes(tree: pathlib.Path) -> None:
    """The generated test is green under pytest."""
    assert main(["forecast", "--needs", "aggregate"], tree) == 0
    done = python(tree, "-m", "pytest", "-q", "-p", "no:cacheprovider", "--import-mode=importlib", "steps/forecast")
    assert (done.returncode, done.stdout.splitlines()[-1].partition(" in ")[0]) == (0, "2 passed")


@pytest.mark.parametrize(
    ("name", "needs"), [("a", ""), ("zone_2", "detect"), (LONGEST, "extract,validate,load,report")]
)
def test_a_new_step_satisfies_the_checkers(tree: pathlib.Path, name: str, needs: str) -> None:
    """Neither `ruff check` nor `ruff format` has anything to say about the generated files, whatever the name."""
    assert main([name, *(["--needs", needs] if needs else [])], tree) == 0
    config = ["--no-cache", "--config", str(ROOT / "pyproject.toml"), "steps"]
    for command in (["check"], ["format", "--check"]):
        done = python(tree, *command, *config, program=ruff())
        assert (done.returncode, done.stdout) == (0, done.stdout), done.stdout


def test_a_new_step_is_typed(tree: pathlib.Path) -> None:
    """In strict mode mypy accepts the generated files."""
    assert main(["forecast", "--needs", "aggregate"], tree) == 0
    options = ["--strict", "--explicit-package-bases", "--namespace-packages", "--cache-dir", os.devnull]
    done = python(tree, "-m", "mypy", *options, "--config-file", os.devnull, "steps")
    assert (done.returncode, done.stdout.partition(":")[0]) == (0, "Success"), done.stdout


def test_a_new_step_does_its_work(tree: pathlib.Path) -> None:
    """Started as the orchestrator starts it, the second of two new steps reads the first and publishes its object."""
    assert main(["first"], tree) == 0
    assert main(["second", "--needs", "first"], tree) == 0
    for step in ("first", "second"):
        done = attempt(tree, step)
        assert done.returncode == 0, done.stderr
    published = [path.read_text() for path in (tree / "store" / "objects").rglob("*") if path.is_file()]
    assert '{"format":1,"logical_date":"2018-02-01","rows":{"first":{"read":0}}}\n' in published


def test_a_new_step_waits_for_what_it_needs(tree: pathlib.Path) -> None:
    """Without a result of the step that it needs, it ends with the code for another attempt."""
    assert main(["second", "--needs", "report"], tree) == 0
    done = attempt(tree, "second")
    assert done.returncode == 75
    assert "step report has no complete result" in done.stderr


def test_all_problems_are_told_at_once(tree: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A bad name, an unknown need and a need given twice are one answer, and nothing is written."""
    arguments = ["Fore-Cast", "--needs", "agregate,load,load"]
    says = ["'Fore-Cast'", "'fore_cast' would do", "'agregate' is no step. Did you mean 'aggregate'?", "'load' stands"]
    check_refused(tree, capsys, *arguments, says=says)


@pytest.mark.parametrize("name", ["class", "import", "kit", "lib", "test_load", "_a", "1st", "a" * 41, "../x", ""])
def test_a_name_that_is_no_folder_of_steps_is_refused(
    tree: pathlib.Path, capsys: pytest.CaptureFixture[str], name: str
) -> None:
    """Names that Python, pytest, Bazel or the file system reads as something else are no steps."""
    check_refused(tree, capsys, name, says=["NAME:", repr(name)])


def test_an_existing_step_is_left_alone(tree: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A folder or an entry of that name is told, both at once."""
    (tree / "steps" / "load").mkdir()
    (tree / "steps" / "load" / "mine.py").write_text("x = 1\n")
    check_refused(tree, capsys, "load", says=["steps/load exists already", "is in pipeline.yaml already"])


def test_a_broken_pipeline_is_told_with_its_lines(tree: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What is wrong with pipeline.yaml is told as `validate` tells it."""
    with (tree / "pipeline.yaml").open("a") as file:
        file.write("  late:\n    needs: [laod]\n")
    says = ["steps.late.needs[0]: 'laod' is no step. Did you mean 'load'?", "pipeline.yaml:"]
    check_refused(tree, capsys, "forecast", says=says)


def test_a_failure_while_writing_leaves_nothing(tree: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Where the folder of steps is none, the pipeline file stays as it is and no file is left."""
    (tree / "steps").rmdir()
    (tree / "steps").write_text("a file\n")
    check_refused(tree, capsys, "forecast", says=["Not a directory", "Nothing was written."])


def test_a_missing_pipeline_is_told(tmp_path: pathlib.Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Started outside of a repository it says which file it misses."""
    check_refused(tmp_path, capsys, "forecast", says=["pipeline.yaml: No such file or directory"])


def test_wrong_usage_has_its_exit_code(tree: pathlib.Path) -> None:
    """Unknown options end with 64, the code for usage."""
    with pytest.raises(SystemExit) as caught:
        main(["--what"], tree)
    assert caught.value.code == 64


def check_entry(text: str, expected: str, *, needs: tuple[str, ...] = ()) -> None:
    """The new text is the expected one, and adding changes nothing else."""
    step = NewStep(name="new", description="Is new.", needs=needs)
    assert add_entry(text, step) == expected


def test_the_first_step_of_a_file_is_placed() -> None:
    """`steps:` may be empty or `{}` before the first step."""
    expected = f"{HEAD}steps:\n  new:\n    description: Is new.\n"
    check_entry(f"{HEAD}steps:\n", expected)
    check_entry(f"{HEAD}steps: {{}}\n", expected)
    check_entry(f"{HEAD}steps:", expected)


def test_comments_and_what_stands_below_stay() -> None:
    """The entry goes below the last step and its comments, above what follows at the left margin."""
    above = f"# top\n{HEAD}steps:  # ours\n    old: {{}}  # it\n    # said of old\n"
    below = "\n# about the deadline\ndeadline: 2h\n"
    added = "    new:\n        description: Is new.\n        needs: [old]\n"
    check_entry(above + below, above + added + below, needs=("old",))


def test_line_ends_stay() -> None:
    """A file with CRLF gets an entry with CRLF; a missing last line end is added."""
    text = f"{HEAD}steps:\n  old: {{}}".replace("\n", "\r\n")
    added = "\r\n  new:\r\n    description: Is new.\r\n"
    check_entry(text, text + added)


@pytest.mark.parametrize(
    "steps", ["steps: {old: {}}", "{steps: {old: {}}}", '"steps":\n  old: {}', "steps: {\n old: {}\n }"]
)
def test_a_file_in_another_form_is_not_touched(steps: str) -> None:
    """Where the entry cannot be placed below `steps:` the message holds what to add by hand."""
    text = f"{HEAD}{steps}\n" if not steps.startswith("{") else f"{{{HEAD.replace('\n', ', ')}{steps[1:]}\n"
    with pytest.raises(NoPlaceError, match=r"new:\n +description: Is new\."):
        add_entry(text, NewStep(name="new", description="Is new.", needs=()))


@pytest.mark.parametrize(
    "description", ["plain", "a: b", "no", "1:30", "# x", 'it\'s "so"', "é ß ü", "", " x ", "-", "*a"]
)
def test_any_description_comes_back(description: str) -> None:
    """What YAML would read as something else is quoted."""
    text = add_entry(f"{HEAD}steps:\n", NewStep(name="new", description=description, needs=()))
    assert spec.resolve(text).steps["new"].description == description


def test_files_of_many_needs_are_one_a_line() -> None:
    """A long list of needs is written as the formatter does."""
    needs = [f"step_number_{number}" for number in range(9)]
    assert '\n    "step_number_8",\n)\n' in files("new", needs)["__main__.py"]


def attempt(tree: pathlib.Path, step: str) -> subprocess.CompletedProcess[str]:
    """One attempt of a step of the tree."""
    run = "demo-2018-02-01-g1"
    values = {
        "RUN": run,
        "STEP": step,
        "ATTEMPT": f"{run}/{step}/1",
        "LOGICAL_DATE": "2018-02-01",
        "TIME_ZONE": "UTC",
        "STORAGE": f"file://{tree}/store",
    }
    program = f"import os, runpy; os.environ.update({ {f'NIGHTJAR_{k}': v for k, v in values.items()}!r})\n"
    return python(tree, "-c", f"{program}runpy.run_module('steps.{step}', run_name='__main__')")


def ruff() -> str:
    """The program of the wheel: Bazel names its files in RUFF, an installation has it in a folder `bin` above."""
    found = importlib.util.find_spec("ruff")
    above = pathlib.Path(found.origin).parents if found is not None and found.origin is not None else ()
    named = [pathlib.Path(path).absolute() for path in os.environ.get("RUFF", "").split()]
    programs = [*named, *(folder / "bin" / "ruff" for folder in above)]
    return next(str(path) for path in programs if path.name == "ruff" and path.is_file() and os.access(path, os.X_OK))
