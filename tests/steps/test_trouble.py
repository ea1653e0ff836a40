from __future__ import annotations

import contextlib
import json
import pathlib
import signal
import subprocess
import time
from collections.abc import Callable
from typing import Any

import psycopg
import pytest

from steps.kit.builders import publish
from steps.kit.storage import Storage
from tests.steps.programs import Day, Replay, finish, replay, spawn

CATALOGUE = pathlib.Path("tests/data/usgs-2018-02.geojson")


def recorded() -> dict[str, Any]:
    return dict(json.loads(CATALOGUE.read_bytes()))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline, "what is waited for did not come"
        time.sleep(0.01)


def waiting_for_lock(connection: psycopg.Connection[Any]) -> bool:
    row = connection.execute("SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock'").fetchone()
    return row is not None and row[0] == 1


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM])
def test_a_load_that_is_stopped_midway_leaves_nothing(
    day: Callable[..., Day], database: str, number: signal.Signals
) -> None:
    """A load killed inside its transaction leaves no row and no manifest, and the next attempt publishes the same."""
    undisturbed, run = day(storage="undisturbed"), day()
    undisturbed.all()
    for step in ("extract", "validate"):
        run.step(step)
    with psycopg.connect(database) as connection:
        connection.execute("TRUNCATE quakes.events, quakes.loads")
        connection.commit()
        # Whoever holds this lock keeps the load in the middle of its transaction, after its deletions.
        connection.execute("LOCK TABLE quakes.events IN EXCLUSIVE MODE")
        with psycopg.connect(database, autocommit=True) as watcher:
            process = run.start("load")
            wait_for(lambda: waiting_for_lock(watcher))
            process.send_signal(number)
            done = finish(process)
        connection.rollback()
        assert done.code == (-signal.SIGKILL if number == signal.SIGKILL else 75)
        assert connection.execute("SELECT count(*) FROM quakes.events").fetchone() == (0,)
    assert not [path for path in run.manifests() if "/load/" in path]
    assert run.step("load", attempt=2)[0].code == 0
    for step in ("aggregate", "detect"):
        assert run.step(step)[0].code == 0
    assert run.manifests() == undisturbed.manifests()


def test_kill_at_any_moment_leaves_no_manifest_or_a_whole_one(day: Callable[..., Day]) -> None:
    """A step killed after any length of time can be tried again and publishes what it would have published."""
    run = day()
    run.step("extract")
    undisturbed = day(storage="undisturbed")
    undisturbed.step("extract")
    undisturbed.step("validate")
    expected = undisturbed.manifests()
    attempt = 0
    for attempt in range(1, 12):
        process = run.start("validate", attempt=attempt)
        with contextlib.suppress(subprocess.TimeoutExpired):
            process.wait(0.02 * attempt)
        process.kill()
        finish(process)
        for path, content in run.manifests().items():
            assert content == expected[path]
    assert run.step("validate", attempt=attempt + 1)[0].code == 0
    assert run.manifests() == expected


def test_a_second_execution_of_an_attempt_does_nothing(day: Callable[..., Day], service: Replay) -> None:
    """The claim of the first keeps the second from the work, and the second says so and succeeds."""
    run = day()
    assert run.task("extract", NIGHTJAR_SERVICE=f"{service.url}nowhere/").code == 78
    done = run.task("extract")
    assert done.code == 0
    assert done.line("another execution has claimed this attempt, leaving it the work")
    assert run.manifests() == {}


def test_a_published_result_stands(day: Callable[..., Day]) -> None:
    """A later attempt of a task that has published leaves everything as it is."""
    run = day()
    run.step("extract")
    before = run.manifests()
    for done in run.step("extract", attempt=2, NIGHTJAR_SERVICE="http://127.0.0.1:9/"):
        assert done.code == 0
        assert done.line("already published, nothing to do")
    assert run.manifests() == before


def test_a_troubled_service_changes_nothing(day: Callable[..., Day], tmp_path: pathlib.Path) -> None:
    """Through refusals, cut answers, resets and nonsense extract publishes what it publishes in quiet times."""
    faults = [
        {"fault": "status", "status": 503, "times": 2, "retry_after": 0},
        {"fault": "truncate"},
        {"fault": "reset"},
        {"fault": "nonsense"},
        {"fault": "type", "type": "text/html"},
    ]
    (tmp_path / "faults.json").write_text(json.dumps(faults))
    quiet = day(storage="quiet")
    quiet.step("extract")
    with replay(CATALOGUE, folder=tmp_path, options=["--faults", str(tmp_path / "faults.json")]) as service:
        run = day(url=service.url)
        codes = [done.code for done in run.step("extract")]
    assert codes == [0, 0, 0, 0]
    assert run.manifests() == quiet.manifests()


def test_a_service_with_a_small_limit_gives_all_events(day: Callable[..., Day], tmp_path: pathlib.Path) -> None:
    """Windows are halved until the service answers, and each event still comes once."""
    quiet = day(storage="quiet")
    quiet.step("extract")
    with replay(CATALOGUE, folder=tmp_path, options=["--limit", "7"]) as service:
        run = day(url=service.url)
        done = run.step("extract")
    assert all(entry.line("fetched")["queries"] > 10 for entry in done)
    assert run.manifests() == quiet.manifests()


def test_the_text_format_brings_the_same_events(day: Callable[..., Day]) -> None:
    """What FDSN's own text can say is the same as in GeoJSON, so a day loads from either."""
    by_geojson, by_text = day(storage="geojson"), day(storage="text")
    for run, form in ((by_geojson, "geojson"), (by_text, "text")):
        for step in ("extract", "validate"):
            assert all(done.code == 0 for done in run.step(step, NIGHTJAR_SERVICE_FORMAT=form))
    left, right = (
        [{**json.loads(line), "status": None} for line in run.read("validate", "events.jsonl").splitlines()]
        for run in (by_geojson, by_text)
    )
    assert right == left


def test_wrong_events_are_set_aside_with_their_reasons(day: Callable[..., Day], tmp_path: pathlib.Path) -> None:
    """A few wrong events do not stop the day, and each of them can be found with its reason."""
    catalogue = recorded()
    spoiled = [f for f in catalogue["features"] if 1517461200000 <= f["properties"]["time"] < 1517547600000][:3]
    spoiled[0]["geometry"]["coordinates"][1] = 95.0
    spoiled[1]["geometry"]["coordinates"][2] = 5000.0
    spoiled[2]["properties"]["mag"] = 99
    (tmp_path / "spoiled.geojson").write_text(json.dumps(catalogue))
    with replay(tmp_path / "spoiled.geojson", folder=tmp_path) as service:
        run = day(url=service.url)
        run.all()
    assert run.rows("validate") == {"read": 233, "valid": 230, "quarantined": 3}
    assert run.rows("load")["loaded"] == 230
    lines = [json.loads(line) for line in run.read("validate", "quarantine.jsonl").splitlines()]
    assert sorted(line["reason"] for line in lines) == ["bad_coordinates", "bad_depth", "bad_magnitude"]
    assert {line["feature"]["id"] for line in lines} == {feature["id"] for feature in spoiled}


def test_too_many_wrong_events_fail_the_day(day: Callable[..., Day], tmp_path: pathlib.Path) -> None:
    """Past the threshold validate ends with the code for bad data, says how many and why, and publishes nothing."""
    catalogue = recorded()
    for feature in catalogue["features"][::10]:
        feature["properties"]["type"] = ""
    (tmp_path / "spoiled.geojson").write_text(json.dumps(catalogue))
    with replay(tmp_path / "spoiled.geojson", folder=tmp_path) as service:
        run = day(url=service.url)
        run.step("extract")
    done = run.step("validate")[0]
    assert done.code == 65
    assert "of 233 events are wrong" in done.log[-1]["message"]
    assert "bad_type" in done.log[-1]["message"]
    assert "QUARANTINE_LIMIT" in done.log[-1]["message"]
    assert not [path for path in run.manifests() if "/validate/" in path]


def test_events_withdrawn_or_changed_upstream_are_followed(
    day: Callable[..., Day], database: str, tmp_path: pathlib.Path
) -> None:
    """A rerun makes the day's rows equal to the catalogue of today, neither ghosts nor doubles stay."""
    day().all()
    catalogue = recorded()
    of_day = [f for f in catalogue["features"] if 1517461200000 <= f["properties"]["time"] < 1517547600000]
    withdrawn, moved, revised = of_day[:3]
    catalogue["features"].remove(withdrawn)
    moved["properties"]["time"] += 86_400_000
    revised["properties"]["mag"] = 4.2
    (tmp_path / "later.geojson").write_text(json.dumps(catalogue))
    with replay(tmp_path / "later.geojson", folder=tmp_path) as service:
        run = day(generation=2, url=service.url)
        for step in ("extract", "validate"):
            run.step(step)
        line = run.step("load")[0].line("loaded")
    assert [line[name] for name in ("inserted", "updated", "unchanged", "deleted")] == [0, 1, 230, 2]
    with psycopg.connect(database) as connection:
        assert connection.execute("SELECT count(*) FROM quakes.events").fetchone() == (231,)
        found = connection.execute("SELECT magnitude FROM quakes.events WHERE id = %s", [revised["id"]]).fetchone()
    assert found == (4.2,)


def test_an_older_generation_does_not_replace_a_newer(day: Callable[..., Day]) -> None:
    """A load of generation 1 that comes after generation 2 is refused and changes nothing."""
    older, newer = day(generation=1), day(generation=2)
    for step in ("extract", "validate"):
        older.step(step)
    newer.all()
    done = older.step("load")[0]
    assert done.code == 78
    assert "has been loaded from generation 2" in done.log[-1]["message"]


@pytest.mark.parametrize(
    ("dsn", "code"),
    [
        ("postgresql://nobody:hunter2@127.0.0.1:1/none", 75),
        ("{server}&nonsense", 78),
        ("{wrong password}", 78),
        ("{no such database}", 78),
    ],
)
def test_database_trouble_has_the_right_exit_code(day: Callable[..., Day], database: str, dsn: str, code: int) -> None:
    """A database that is away is worth another attempt, a wrong connection string is not; no password is shown."""
    password = database.partition(":")[2].partition(":")[2].partition("@")[0]
    given = {
        "{server}&nonsense": f"{database}?nonsense=1",
        "{wrong password}": database.replace(password, "hunter2"),
        "{no such database}": f"{database}_not",
    }.get(dsn, dsn)
    run = day()
    for step in ("extract", "validate"):
        run.step(step)
    done = run.step("load", NIGHTJAR_DATABASE=given)[0]
    assert done.code == code, done
    assert password not in json.dumps(done.log)
    assert "hunter2" not in json.dumps(done.log)


def test_all_problems_of_the_environment_are_told_at_once(day: Callable[..., Day]) -> None:
    """A step with several wrong settings names each with its value, without a traceback, and claims nothing."""
    run = day()
    done = run.task("extract", NIGHTJAR_TIME_ZONE="Mars/Olympus", NIGHTJAR_SERVICE="ftp://x", NIGHTJAR_ATTEMPT="?")
    assert done.code == 78
    assert len(done.log) == 1
    for part in ("NIGHTJAR_TIME_ZONE='Mars/Olympus'", "NIGHTJAR_SERVICE='ftp://x'", "NIGHTJAR_ATTEMPT='?'"):
        assert part in done.log[0]["message"]
    assert not run.storage.exists()


def test_a_defect_of_a_step_is_one_line_with_its_traceback(day: Callable[..., Day]) -> None:
    """An exception that nobody foresaw ends with code 1 and can be found in the log, and nothing is published."""
    run = day()
    events = {"events.jsonl": b'{"id":"without the rest"}\n', "quarantine.jsonl": b""}
    publish(Storage.open(run.storage.as_uri()), "validate", [events], rows={"quarantined": 0})
    done = run.task("aggregate")
    assert done.code == 1
    assert [entry["severity"] for entry in done.log] == ["INFO", "ERROR"]
    assert "KeyError" in done.log[-1]["message"]
    assert "Traceback" in done.log[-1]["stack_trace"]
    assert not [path for path in run.manifests() if "/aggregate/" in path]


@pytest.mark.parametrize(
    ("arguments", "code"), [(["--version"], 0), (["--help"], 0), (["--date", "yesterday"], 64), (["--datum"], 64)]
)
def test_the_command_line_is_that_of_a_program(arguments: list[str], code: int) -> None:
    """Asking costs nothing, and wrong usage has the code for it and no traceback."""
    done = finish(spawn(["steps.validate", *arguments], {}))
    assert done.code == code
    assert "Traceback" not in json.dumps(done.log)


def test_alone_says_what_it_is_missing(day: Callable[..., Day], tmp_path: pathlib.Path) -> None:
    """Without a run of that date there is nothing to repeat, which is a message and not a traceback."""
    done = day().alone("validate", tmp_path / "scratch")
    assert done.code == 78
    assert "holds no run: pass --pipeline NAME" in done.log[-1]["message"]
