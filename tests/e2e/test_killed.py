"""`//deploy:local` killed in the middle of a step, then the same command again."""

from __future__ import annotations

import os
import pathlib
import signal

import pytest

from tests.e2e.machine import Done, Machine, held_in_load, kill_all, pids_with
from tools.postgres.server import server

DAY = "2018-02-01"
BEFORE = {"extract", "validate"}


@pytest.fixture(scope="module")
def undisturbed(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """The manifests of a day that nobody disturbed and whose steps ran as processes."""
    machine = Machine(tmp_path_factory.mktemp("undisturbed"), runner="process")
    assert machine.run("--date", DAY).code == 0
    return machine.manifests()


@pytest.fixture
def machine(request: pytest.FixtureRequest, tmp_path: pathlib.Path) -> Machine:
    """A machine whose database exists already, so that a lock in it can hold `load` in its middle."""
    machine = Machine(tmp_path / "machine", runner=getattr(request, "param", "images"))
    with server(machine.folder / "postgres", durable=True):
        pass
    return machine


def check_continued(machine: Machine, done: Done, undisturbed: dict[str, str]) -> None:
    """The run ended well, nothing that had finished ran again, and the results are those of an undisturbed run."""
    assert done.code == 0, done.stderr
    attempts = machine.attempts(DAY)
    assert {attempts[step] for step in BEFORE} == {1}
    assert machine.manifests() == undisturbed


def test_orchestrator_killed_in_load(machine: Machine, undisturbed: dict[str, str]) -> None:
    """SIGKILL of the orchestrator alone: the command says so and ends with 75; called again, it continues."""
    connection, run = held_in_load(machine, DAY)
    with connection:
        orchestrator = next(each for each in pids_with(f"{machine.folder}/release.json") if each != run.process.pid)
        os.kill(orchestrator, signal.SIGKILL)
        killed = run.finish()
    assert killed.code == 75
    assert "the orchestrator was killed by SIGKILL" in killed.stderr
    check_continued(machine, machine.run("--date", DAY), undisturbed)


@pytest.mark.parametrize("machine", ["images", "process"], indirect=True)
def test_everything_killed_in_load(machine: Machine, undisturbed: dict[str, str]) -> None:
    """SIGKILL of every process of the run, its database among them: called again, it continues."""
    connection, run = held_in_load(machine, DAY)
    kill_all(str(machine.folder))
    run.finish()
    connection.close()
    check_continued(machine, machine.run("--date", DAY), undisturbed)


def test_interrupted(machine: Machine, undisturbed: dict[str, str]) -> None:
    """SIGINT: everything that was started is stopped, the exit code is 75; called again, it continues."""
    run = machine.start("--date", DAY)
    run.wait_for("validate: started")
    run.process.send_signal(signal.SIGINT)
    stopped = run.finish()
    assert stopped.code == 75, stopped.stderr
    assert "the same command continues" in stopped.stderr
    assert pids_with(str(machine.folder)) == []
    again = machine.run("--date", DAY)
    assert again.code == 0, again.stderr
    assert machine.manifests() == undisturbed


def test_database_lost(machine: Machine, undisturbed: dict[str, str]) -> None:
    """The database dies in the middle: the command names it and ends with 75; called again, it continues."""
    run = machine.start("--date", DAY)
    run.wait_for("validate: started")
    kill_all("/srv/data")
    lost = run.finish()
    assert lost.code == 75, lost.stderr
    assert "PostgreSQL" in lost.stderr
    again = machine.run("--date", DAY)
    assert again.code == 0, again.stderr
    assert machine.manifests() == undisturbed
