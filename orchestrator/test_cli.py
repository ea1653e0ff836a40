"""The command line in this process: exit codes, and what is said to whom."""

from __future__ import annotations

import argparse
import json
from collections.abc import Sequence
from datetime import date, timedelta
from pathlib import Path

import pytest

from orchestrator import arguments, exits
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
from steps.kit.contract import RunId

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


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["fly"],
        ["run", "--nope"],
        ["graph"],
        ["graph", "x", "--format", "png"],
        ["status", "--limit", "0"],
        ["backfill", "2018-02-01", "2018-02-02", "--parallel", "0"],
    ],
)
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


@pytest.mark.parametrize("which", [[str(RUN)], ["2018-02-01"], ["--date", "2018-02-01"]])
def test_status_shows_the_run(here: Path, which: list[str], capsys: pytest.CaptureFixture[str]) -> None:
    """Head, table, and what helps."""
    record(here, events.Skipped(at=BEGIN, step="second", because=()), events.Finished(at=BEGIN, outcome=Outcome.FAILED))
    assert call("status", *which) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0].startswith("toy-2018-02-01-g1 · failed")
    assert ["second", "skipped"] in [line.split()[:2] for line in lines]
    assert lines[-1] == "  → nightjar retry toy-2018-02-01-g1"


def test_status_knows_that_nobody_drives(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A driver without a lease died, whatever the log says; with one it drives."""
    record(
        here,
        events.Intended(at=BEGIN, attempt=attempt("first"), digest=""),
        events.Started(at=BEGIN, attempt=attempt("first"), execution="process 1", log=""),
    )
    assert call("status", str(RUN)) == 0
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
    assert "events" not in run
    assert call("status", str(RUN), "--json", "--events") == 0
    (run,) = json.loads(capsys.readouterr().out)
    assert [each["kind"] for each in run["events"]] == ["run.opened", "run.claimed"]


def test_status_begins_with_what_needs_attention(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """And its commands look where this one was told to look; a password is never shown."""
    record(here, events.Released(at=BEGIN, driver="one", reason="SIGTERM"))
    assert call("status", "--state", ".nightjar") == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[0] == "1 needs attention"
    assert lines[2] == "  → nightjar run --date 2018-02-01 --state .nightjar"
    options = argparse.Namespace(state=None, store="postgresql://me:secret@host/runs")
    assert arguments.place(options) == ""


def test_status_lists_as_many_as_wanted(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The latest of them."""
    store = SqliteStore(here / ".nightjar" / "runs.sqlite")
    for day in range(1, 4):
        run = RunId("toy", date(2018, 2, day), 1)
        opened = events.Opened(at=BEGIN, run=run, release=build.release(PIPELINE), storage="")
        store.append(run, 0, [opened])
    store.close()
    assert call("status", "--limit", "2", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert [run["logical_date"] for run in found] == ["2018-02-03", "2018-02-02"]
    assert found[0]["attention"][0]["commands"] == ["nightjar run --date 2018-02-03"]


@pytest.mark.parametrize(
    ("words", "expected"),
    [
        (["status", "toy-2018-02-01-g7"], "that day has toy-2018-02-01-g1"),
        (["status", "tox-2018-02-02-g1"], "the nearest is toy-2018-02-01-g1"),
        (["status", "2018-02-09"], "the nearest are toy-2018-02-01-g1"),
        (["status", "9999-01-01"], "that day is in the future"),
        (["logs", "2018-02-01", "frist"], "did you mean first?"),
        (["logs", "2018-02-01", "zzz"], "it has first, second"),
        (["logs", "2018-02-01", "first"], "has not been tried, it is pending"),
        (["logs", "2018-02-01"], "No step of toy-2018-02-01-g1 has been tried yet"),
        (["logs", "2018-02-01", "--attempt", "1"], "of which step?"),
        (["cancel", "toy-2018-02-01-g7"], "that day has toy-2018-02-01-g1"),
    ],
)
def test_what_is_not_there_is_told_with_the_nearest(
    here: Path, words: list[str], expected: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """A run, a day, a step, an attempt: all usage errors, as text and for programs."""
    record(here)
    assert call(*words) == ExitCode.USAGE
    assert expected in capsys.readouterr().err
    assert call(*words, "--json") == ExitCode.USAGE
    (problem,) = json.loads(capsys.readouterr().out)["problems"]
    assert expected in problem["message"]


def test_validate_is_json_for_programs(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Each problem with path, line, value and remedy."""
    assert call("validate", "pipeline.yaml", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found == {"exit_code": 0, "pipeline": "toy", "steps": 2, "problems": []}
    (here / "pipeline.yaml").write_text(TEXT.replace("needs: [first]", "needs: [firts]"), encoding="utf-8")
    assert call("validate", "pipeline.yaml", "--json") == ExitCode.BAD_INPUT
    found = json.loads(capsys.readouterr().out)
    (problem,) = found["problems"]
    assert (found["exit_code"], problem["path"], problem["line"]) == (65, "steps.second.needs[0]", 7)
    assert (problem["value"], problem["remedy"]) == ("firts", "Did you mean 'first'?")


def test_graph_and_plan_are_json_for_programs(capsys: pytest.CaptureFixture[str]) -> None:
    """Needs and order, and each action by its kind."""
    assert call("graph", "pipeline.yaml", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["order"] == ["first", "second"]
    assert found["steps"]["second"]["needs"] == ["first"]
    assert call("plan", "--release", "release.json", "--date", "2018-02-01", "--json") == 0
    found = json.loads(capsys.readouterr().out)
    assert found["actions"] == [{"action": "start", "step": "first", "attempt": 1, "text": "start first, attempt 1"}]
    assert found["left"] == ["first", "second"]


def test_backfill_is_foreseen_as_json(here: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """A line a day: what there is, and whether it would be run."""
    record(here, events.Finished(at=BEGIN, outcome=Outcome.FAILED))
    assert call("backfill", "2018-02-01", "2018-02-02", "--dry-run", "--json", "--release", "release.json") == 0
    first, second = map(json.loads, capsys.readouterr().out.splitlines())
    assert (first["run"], first["outcome"], first["to_run"]) == (str(RUN), "failed", False)
    assert (second["logical_date"], second["run"], second["to_run"]) == ("2018-02-02", None, True)


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
