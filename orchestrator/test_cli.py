"""The command line in this process: exit codes, and what is said to whom."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator import exits
from orchestrator.cli import main
from orchestrator.core import events
from orchestrator.core import release as releases
from orchestrator.core.errors import BrokenLog, ConfigurationError, NightjarError, Unavailable
from orchestrator.core.events import Event, Outcome
from orchestrator.exits import MEANINGS, ExitCode
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(step("first"), step("second", ["first"]))
TEXT = """
name: toy
description: A toy.
schedule: {cron: "1 0 * * *", time_zone: America/New_York}
steps:
  first: {description: Does first.}
  second: {description: Does second., needs: [first]}
"""


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder with a pipeline file and a release, in which the user is."""
    monkeypatch.setenv("BUILD_WORKING_DIRECTORY", str(tmp_path))
    (tmp_path / "pipeline.yaml").write_text(TEXT, encoding="utf-8")
    (tmp_path / "release.json").write_text(releases.dumps(build.release(PIPELINE)), encoding="utf-8")
    return tmp_path


def call(*arguments: str) -> int:
    """The exit code of a command, also where argparse ends the process."""
    try:
        return main(arguments)
    except SystemExit as ended:
        return int(str(ended.code))


def record(here: Path, *happened: Event) -> None:
    """A run in the store, after these events."""
    store = SqliteStore(here / ".nightjar" / "runs.sqlite")
    store.append(RUN, 0, [recorded.event for recorded in build.log(PIPELINE, *happened)])
    store.close()


def test_help_lists_commands_and_exit_codes(capsys: pytest.CaptureFixture[str]) -> None:
    """Every code that there is, with its meaning."""
    assert call("--help") == 0
    text = capsys.readouterr().out
    for command in ("validate", "plan", "graph", "run", "status"):
        assert f"\n    {command} " in text
    for code in ExitCode:
        assert f"  {code.value:<3} {MEANINGS[code]}" in text


@pytest.mark.parametrize("arguments", [[], ["fly"], ["run", "--nope"], ["graph"], ["graph", "x", "--format", "png"]])
def test_wrong_command_lines_are_usage_errors(arguments: Sequence[str], capsys: pytest.CaptureFixture[str]) -> None:
    """64, with the usage on standard error."""
    assert call(*arguments) == ExitCode.USAGE
    assert "usage: nightjar" in capsys.readouterr().err


def test_validate_is_short_about_a_good_file(capsys: pytest.CaptureFixture[str]) -> None:
    """And writes the resolved form where it is told to."""
    assert call("validate", "pipeline.yaml") == 0
    assert capsys.readouterr().out == "pipeline.yaml: toy with 2 steps is fine.\n"


def test_resolved_form_is_read_like_the_file(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Graphs of both are the same."""
    assert call("validate", "pipeline.yaml", "--resolved", "pipeline.json") == 0
    assert json.loads((here / "pipeline.json").read_text(encoding="utf-8"))["name"] == "toy"
    assert call("graph", "pipeline.yaml") == 0
    written = capsys.readouterr().out
    assert call("graph", "pipeline.json") == 0
    assert written == capsys.readouterr().out
    assert "second" in written


def test_mermaid_graph(capsys: pytest.CaptureFixture[str]) -> None:
    """For pages that draw it."""
    assert call("graph", "pipeline.yaml", "--format", "mermaid") == 0
    assert capsys.readouterr().out.startswith(("flowchart", "graph"))


def test_bad_pipeline_file_is_told_whole(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """65, with every problem."""
    (here / "pipeline.yaml").write_text(TEXT.replace("needs: [first]", "needs: [firts], tasks: none"), encoding="utf-8")
    assert call("validate", "pipeline.yaml") == ExitCode.BAD_INPUT
    text = capsys.readouterr().err
    assert "firts" in text
    assert "none" in text
    assert "Traceback" not in text


def test_missing_file_is_a_matter_of_configuration(capsys: pytest.CaptureFixture[str]) -> None:
    """The path as it was understood."""
    assert call("validate", "absent.yaml") == ExitCode.CONFIGURATION
    assert "absent.yaml cannot be read: No such file" in capsys.readouterr().err


def test_plan_without_a_run(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """What would be done first; nothing is made on the disk."""
    assert call("plan", "--release", "release.json", "--date", "2018-02-01") == 0
    assert "  start first, attempt 1" in capsys.readouterr().out.splitlines()
    assert not (here / ".nightjar").exists()


def test_plan_of_the_day_that_is_due(capsys: pytest.CaptureFixture[str]) -> None:
    """Without a date it is the schedule's."""
    assert call("plan", "--release", "release.json") == 0
    assert capsys.readouterr().out.startswith("toy-20")


def test_day_in_the_future_is_refused(capsys: pytest.CaptureFixture[str]) -> None:
    """Its data does not exist."""
    assert call("plan", "--release", "release.json", "--date", "9999-01-01") == ExitCode.CONFIGURATION
    assert "is in the future" in capsys.readouterr().err


def test_run_wants_a_release(capsys: pytest.CaptureFixture[str]) -> None:
    """And says how to name one."""
    assert call("plan") == ExitCode.CONFIGURATION
    assert "--release release.json, or NIGHTJAR_RELEASE" in capsys.readouterr().err


def test_status_without_runs(capsys: pytest.CaptureFixture[str]) -> None:
    """Nothing is wrong, nothing is there, and nothing is made."""
    assert call("status") == 0
    assert "There are no runs yet" in capsys.readouterr().out
    assert call("status", "--json") == 0
    assert json.loads(capsys.readouterr().out) == []


@pytest.mark.parametrize("which", [["toy-2018-02-02-g1"], ["--date", "2018-02-02"]])
def test_status_of_a_run_that_does_not_exist(which: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """A usage error that names what was asked for."""
    assert call("status", *which) == ExitCode.USAGE
    assert "2018-02-02" in capsys.readouterr().err


def test_status_wants_a_run_id(capsys: pytest.CaptureFixture[str]) -> None:
    """Anything else is told with the form of one."""
    assert call("status", "yesterday") == ExitCode.CONFIGURATION
    assert "expected PIPELINE-YYYY-MM-DD-gN" in capsys.readouterr().err


@pytest.mark.parametrize("which", [[], [str(RUN)], ["--date", "2018-02-01"]])
def test_status_shows_the_run(here: Path, which: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """As a table."""
    record(here, events.Skipped(at=BEGIN, step="second", because=()), events.Finished(at=BEGIN, outcome=Outcome.FAILED))
    assert call("status", *which) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("toy-2018-02-01-g1 · failed")
    assert lines[3].split()[:2] == ["second", "skipped"]


def test_status_knows_that_nobody_drives(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A driver without a lease died, whatever the log says; with one it drives."""
    record(
        here,
        events.Intended(at=BEGIN, attempt=attempt("first"), digest=""),
        events.Started(at=BEGIN, attempt=attempt("first"), execution="process 1", log=""),
    )
    assert call("status") == 0
    text = capsys.readouterr().out
    assert "stopped (its orchestrator died or hangs): run it again to continue" in text
    assert "to be adopted" in text
    store = SqliteStore(here / ".nightjar" / "runs.sqlite")
    store.claim(RUN, "one", ttl=timedelta(seconds=60))
    store.close()
    assert call("status") == 0
    assert "· running ·" in capsys.readouterr().out


def test_status_is_json_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A list of runs."""
    record(here)
    assert call("status", "--json") == 0
    (run,) = json.loads(capsys.readouterr().out)
    assert run["run"] == str(RUN)


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (ConfigurationError(["x"]), ExitCode.CONFIGURATION),
        (Unavailable("x"), ExitCode.AGAIN),
        (BrokenLog("x"), ExitCode.INTERNAL),
    ],
)
def test_errors_have_exit_codes(error: NightjarError, code: ExitCode) -> None:
    """One for each reaction."""
    assert exits.of_error(error) is code


def test_defect_has_an_exit_code_of_its_own(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Never the one that means that a step failed."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("boom")

    monkeypatch.setattr("orchestrator.files.validate", broken)
    assert call("validate", "pipeline.yaml") == ExitCode.INTERNAL
    assert "This is a defect of nightjar" in capsys.readouterr().err
