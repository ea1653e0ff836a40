"""The default of `//deploy:local`: a Cloud Run on this machine, started as Cloud Scheduler does it, and killed."""

from __future__ import annotations

import contextlib
import json
import os
import pathlib
import re
import signal

import pytest

from tests.e2e.machine import Done, Machine, held_in_load, kill_all, pids_with
from tools.postgres.server import server

DAY = "2018-02-01"
STEPS = ("extract", "validate", "load", "aggregate", "detect", "report")


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The manifests of a day whose steps ran as processes."""
    machine = Machine(tmp_path_factory.mktemp("undisturbed"), runner="process")
    assert machine.run("--date", DAY).code == 0
    return machine.manifests()


@pytest.fixture
def machine(tmp_path: pathlib.Path) -> Machine:
    """A machine with the default runner, whose database exists already."""
    machine = Machine(tmp_path / "machine", runner=None)
    with server(machine.folder / "postgres", durable=True):
        pass
    return machine


def check(machine: Machine, done: Done, undisturbed: dict[str, str], **again: int) -> None:
    """The day ended well, each step had one execution but for those in `again`, and the results are as ever."""
    assert done.code == 0, done.stderr
    assert {step: machine.executions(step) for step in STEPS} == dict.fromkeys(STEPS, 1) | again
    assert machine.manifests() == undisturbed


def test_a_day_ends_with_a_table_and_0(machine: Machine, undisturbed: dict[str, str]) -> None:
    """Six finished steps, and the same bytes as without a Cloud Run; a second time there is nothing to do.

    Another command meanwhile ends with 78 and says what to do, and the first goes on.
    """
    connection, run = held_in_load(machine, DAY)
    with connection:
        second = machine.run("--date", DAY)
    assert second.code == 78
    assert "another local run" in second.stderr
    done = run.finish()
    check(machine, done, undisturbed)
    assert done.stdout.count("succeeded") == len(STEPS) + 1
    again = machine.run("--date", DAY)
    assert "done already" in again.stderr
    check(machine, again, undisturbed)


def test_orchestrator_killed_in_load(machine: Machine, undisturbed: dict[str, str]) -> None:
    """Cloud Run starts it again by itself, it adopts what runs, and the command knows of nothing."""
    connection, run = held_in_load(machine, DAY)
    with connection:
        for pid in pids_with(f"{machine.folder}/release.json"):
            with contextlib.suppress(ProcessLookupError):  # Its container's first process has taken it along.
                os.kill(pid, signal.SIGKILL)
        run.wait_for("load: adopted")
    check(machine, run.finish(), undisturbed)


def test_everything_killed_in_load(machine: Machine, undisturbed: dict[str, str]) -> None:
    """SIGKILL of the Cloud Run, its executions and the database: called again, it continues."""
    connection, run = held_in_load(machine, DAY)
    kill_all(str(machine.folder))
    run.finish()
    connection.close()
    check(machine, machine.run("--date", DAY), undisturbed, load=2)


def test_interrupted_in_load(machine: Machine, undisturbed: dict[str, str]) -> None:
    """SIGINT: nothing is left that runs, the exit code is 75; called again, it continues."""
    connection, run = held_in_load(machine, DAY)
    with connection:
        run.process.send_signal(signal.SIGINT)
        stopped = run.finish()
    assert stopped.code == 75, stopped.stderr
    assert "the same command continues" in stopped.stderr
    assert pids_with(str(machine.folder)) == []
    check(machine, machine.run("--date", DAY), undisturbed, load=2)


def test_bad_data_is_told_with_step_reason_and_remedy(machine: Machine, tmp_path: pathlib.Path) -> None:
    """Past the threshold the day fails: exit code, message and table name the step, why, and what to do."""
    catalogue = json.loads(machine.catalogue.read_bytes())
    for feature in catalogue["features"][::5]:
        feature["geometry"]["coordinates"][1] = 123.0
    bad = tmp_path / "bad.geojson"
    bad.write_text(json.dumps(catalogue))
    done = Machine(machine.folder, bad, runner=None).run("--date", DAY)
    assert done.code == 1
    assert "validate failed: attempt 1 exited with 65 (bad data)" in done.stderr
    assert "QUARANTINE_LIMIT" in done.stderr
    assert re.search(r"validate +failed +1 .*exited with 65", done.stdout)
    assert re.search(r"load +skipped +0 .*because of validate", done.stdout)
    assert "--retry" in done.stdout
