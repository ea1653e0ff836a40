from __future__ import annotations

import json
import pathlib
from collections.abc import Callable

import psycopg
import pytest

from tests.steps.programs import Day

RECORDED = {"2018-01-31": 214, "2018-02-01": 233, "2018-02-02": 246, "2018-02-03": 269}


def test_four_recorded_days_end_in_the_database_each_event_once(day: Callable[..., Day], database: str) -> None:
    """Events in = loaded + quarantined for each day, also after every day was run a second time."""
    for generation in (1, 2):
        for date, events in RECORDED.items():
            run = day(date, generation=generation)
            run.all()
            assert run.rows("extract")["read"] == events
            assert run.rows("validate") == {"read": events, "valid": events, "quarantined": 0}
            assert run.rows("load")["loaded"] + run.rows("validate")["quarantined"] == events
    with psycopg.connect(database) as connection:
        found = connection.execute(
            "SELECT logical_date::text, count(*), count(DISTINCT id) FROM quakes.events GROUP BY 1 ORDER BY 1"
        ).fetchall()
    assert found == [(date, events, events) for date, events in RECORDED.items()]


def test_a_second_run_of_a_day_changes_no_row(day: Callable[..., Day]) -> None:
    """The log of the second load says that every row was there already."""
    day(generation=1).all()
    again = day(generation=2)
    for step in ("extract", "validate"):
        again.step(step)
    line = again.step("load")[0].line("loaded")
    assert {name: line[name] for name in ("inserted", "updated", "unchanged", "deleted")} == {
        "inserted": 0,
        "updated": 0,
        "unchanged": 233,
        "deleted": 0,
    }


def test_manifests_follow_from_the_data_alone(day: Callable[..., Day]) -> None:
    """Two runs of a date in two object stores publish the same bytes."""
    first, second = day(storage="first"), day(storage="second")
    first.all()
    second.all()
    assert first.manifests() == second.manifests()
    assert len(first.manifests()) == 8


def test_statistics_and_findings_agree_with_the_catalogue(day: Callable[..., Day]) -> None:
    """The counts that a reader sees are those of the recorded file."""
    for date in ("2018-01-31", "2018-02-01", "2018-02-02"):
        day(date).all()
    run = day("2018-02-03")
    run.all()
    statistics = json.loads(run.read("aggregate", "statistics.json"))
    assert statistics["events"] == 269
    assert sum(hour["events"] for hour in statistics["by_hour"]) == 269
    assert sum(region["events"] for region in statistics["by_region"]) == 269
    assert sum(statistics["by_type"].values()) == 269
    in_bins = sum(entry["events"] for entry in statistics["by_magnitude"]) + statistics["without_magnitude"]
    assert in_bins == statistics["by_type"]["earthquake"]
    law = statistics["gutenberg_richter"]
    events = [json.loads(line) for line in run.read("validate", "events.jsonl").splitlines()]
    sizes = [event["magnitude"] for event in events if event["type"] == "earthquake"]
    assert law["events"] == sum(size >= law["completeness"] - 0.05 for size in sizes)
    findings = json.loads(run.read("detect", "findings.json"))
    assert [entry["events"] for entry in findings["history"]] == [214, 233, 246, 269]
    assert findings["days_compared"] == 3
    assert [finding["kind"] for finding in findings["findings"]][:2] == ["count", "largest"]


def test_the_first_day_has_no_history(day: Callable[..., Day]) -> None:
    """With nothing to compare with, detect says so and nothing else."""
    run = day()
    run.all()
    findings = json.loads(run.read("detect", "findings.json"))
    assert [finding["kind"] for finding in findings["findings"]] == ["no_history"]


@pytest.mark.parametrize("step", ["extract", "validate", "load", "aggregate", "detect"])
def test_a_step_runs_alone_on_the_last_run(day: Callable[..., Day], tmp_path: pathlib.Path, step: str) -> None:
    """With only a date a step repeats what it did, into a scratch folder, and leaves the run as it was."""
    run = day()
    run.all()
    before = {path: path.read_bytes() for path in run.storage.rglob("*") if path.is_file()}
    secrets = {"NIGHTJAR_DATABASE": run.settings["NIGHTJAR_DATABASE"]} if step in {"load", "detect"} else {}
    done = run.alone(step, tmp_path / "scratch", **secrets)
    assert done.code == 0, done
    manifest = json.loads((tmp_path / "scratch/manifest.json").read_bytes())
    assert manifest["rows"] == run.rows(step)
    assert {path.name for path in (tmp_path / "scratch").iterdir()} == {"manifest.json", *manifest["objects"]}
    assert {path: path.read_bytes() for path in run.storage.rglob("*") if path.is_file()} == before
