from __future__ import annotations

import dataclasses
import json
import os
import signal
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from orchestrator.core import release
from orchestrator.testing import build
from tools.emulator.testing import PARENT, Clients, eventually


class Program:
    """The emulator as a program, which can be killed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.process: subprocess.Popen[str] | None = None
        self._clients: list[Clients] = []

    def start(self, *arguments: str) -> Clients:
        """Start it and wait for its address."""
        self.process = self.popen(*arguments, stdout=subprocess.PIPE)
        assert self.process.stdout is not None
        self._clients.append(Clients.of(self.process.stdout.readline().strip()))
        return self._clients[-1]

    def popen(self, *arguments: str, **settings: Any) -> subprocess.Popen[str]:
        """Start it."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(path for path in sys.path if path)}
        command = [sys.executable, "-m", "tools.emulator", "--state", str(self.folder / "state"), *arguments]
        return subprocess.Popen(command, text=True, env=environment, **settings)

    def end(self, number: signal.Signals) -> int:
        """Send it a signal; its exit code."""
        for clients in self._clients:
            clients.close()
        self._clients = []
        assert self.process is not None
        self.process.send_signal(number)
        code = self.process.wait(60)
        if self.process.stdout is not None:
            self.process.stdout.close()
        self.process = None
        return code


@pytest.fixture
def program(tmp_path: Path) -> Iterator[Program]:
    """The program, ended with all that it runs."""
    made = Program(tmp_path)
    yield made
    if made.process is None:
        made.start("--grace", "0.2")
    made.end(signal.SIGTERM)


def test_what_runs_goes_on_when_the_emulator_is_killed(program: Program, tmp_path: Path) -> None:
    """Its successor knows the same executions and tells their ends, retries and waiting tasks included."""
    wait = (
        f'cd {tmp_path}; echo "$CLOUD_RUN_TASK_INDEX $CLOUD_RUN_TASK_ATTEMPT" >> ledger; while ! [ -e go ]; do :; done'
    )
    clients = program.start()
    name = clients.create("toy", f'{wait}; [ "$CLOUD_RUN_TASK_ATTEMPT" = 1 ]', tasks=3, parallelism=2, retries=1)
    operation = clients.jobs.run_job(name=name)
    execution, started = operation.metadata.name, operation.operation.name
    eventually(lambda: len(_ledger(tmp_path)) == 2)
    assert program.end(signal.SIGKILL) == -signal.SIGKILL
    assert len(_ledger(tmp_path)) == 2
    (tmp_path / "go").touch()
    clients = program.start()
    found = clients.end(execution)
    assert (found.succeeded_count, found.retried_count) == (3, 3)
    assert sorted(_ledger(tmp_path)) == ["0 0", "0 1", "1 0", "1 1", "2 0", "2 1"]
    assert clients.jobs.get_operation({"name": started}).done


def test_an_end_that_nobody_saw_is_told_honestly(program: Program) -> None:
    """If the supervisor was killed too, the attempt failed, and is tried again as the job says."""
    clients = program.start()
    name = clients.create("toy", '[ "$CLOUD_RUN_TASK_ATTEMPT" = 1 ] || sleep 1000', retries=1)
    execution = clients.run(name)
    identity = program.folder / "state/attempts" / execution.rpartition("/")[2] / "0/0/supervisor.json"
    eventually(identity.exists)
    program.end(signal.SIGKILL)
    os.kill(json.loads(identity.read_text())["pid"], signal.SIGKILL)
    found = program.start().end(execution)
    assert (found.succeeded_count, found.retried_count) == (1, 1)


def test_a_cancel_survives_as_well(program: Program) -> None:
    """It is done by whoever lives then, at the latest."""
    clients = program.start("--grace", "0.2")
    execution = clients.run(clients.create("toy", "trap '' TERM; sleep 1000; sleep 1000", tasks=2, parallelism=1))
    clients.until(execution, lambda found: found.running_count == 1)
    clients.executions.cancel_execution(name=execution)
    program.end(signal.SIGKILL)
    assert program.start("--grace", "0.2").end(execution).cancelled_count == 2


def test_jobs_are_those_of_the_release_and_of_files(program: Program, tmp_path: Path) -> None:
    """Named as the contract says, with limits, secrets and no retry by the platform; started anew they are the same."""
    step = build.step("load_all", tasks=2, env={"A": "1"}, secrets={"DSN": "dsn"})
    steps = build.pipeline(dataclasses.replace(step, cpu=2, memory_mib=1024))
    (tmp_path / "release.json").write_text(release.dumps(build.release(steps, commands={"load_all": ("bin/load",)})))
    own = {"name": "orchestrator", "template": {"template": {"containers": [{"image": "process:", "command": ["/x"]}]}}}
    (tmp_path / "job.json").write_text(json.dumps(own))
    (tmp_path / "secrets.json").touch(mode=0o600)
    (tmp_path / "secrets.json").write_text('{"dsn": {"versions": {"1": "x"}}}')
    arguments = [
        "--jobs", f"{tmp_path}/release.json", "--job", f"{tmp_path}/job.json", "--root", f"{tmp_path}",
        "--secrets", f"{tmp_path}/secrets.json",
    ]  # fmt: skip
    program.start(*arguments)
    program.end(signal.SIGTERM)
    clients = program.start(*arguments)
    found = {each.name.rpartition("/")[2]: each for each in clients.jobs.list_jobs(parent=PARENT)}
    assert set(found) == {"toy-load-all", "orchestrator"}
    task = found["toy-load-all"].template.template
    container = task.containers[0]
    assert (task.max_retries, found["toy-load-all"].template.task_count) == (0, 2)
    assert list(container.command) == [f"{tmp_path}/bin/load"]
    assert dict(container.resources.limits) == {"cpu": "2", "memory": "1024Mi"}
    assert container.env[1].value_source.secret_key_ref.secret == "dsn"  # noqa: S105 - its name.


def test_every_problem_of_a_start_is_told(program: Program, tmp_path: Path) -> None:
    """At once, with what to do, and without a traceback."""
    (tmp_path / "secrets.json").write_text('{"dsn": {"versions": {"1": 394817}}}')
    (tmp_path / "secrets.json").chmod(0o600)
    (tmp_path / "faults.json").write_text('{"faults": [{"kind": "none"}]}')
    wrong = program.popen(
        "--secrets", f"{tmp_path}/secrets.json", "--faults", f"{tmp_path}/faults.json", "--volume", "x",
        "--bind", f"{tmp_path}/nothing", stderr=subprocess.PIPE,
    )  # fmt: skip
    _, said = wrong.communicate(timeout=60)
    assert wrong.returncode == 78
    for words in ("secrets.json", "faults[0].kind", "--volume 'x'", "--bind"):
        assert words in said
    assert "394817" not in said
    assert "Traceback" not in said


def test_a_job_that_cannot_be_is_told(program: Program, tmp_path: Path) -> None:
    """As every problem of a start, and the port is free again."""
    value: Any = {"secret_key_ref": {"secret": "dsn"}}
    container = {"image": "process:", "command": ["/x"], "env": [{"name": "DSN", "value_source": value}]}
    (tmp_path / "job.json").write_text(
        json.dumps({"name": "toy", "template": {"template": {"containers": [container]}}})
    )
    wrong = program.popen("--job", f"{tmp_path}/job.json", stderr=subprocess.PIPE)
    _, said = wrong.communicate(timeout=60)
    assert wrong.returncode == 78
    assert "job toy: " in said
    assert "Secret 'dsn' was not found: add it to the file that --secrets names" in said
    assert "Traceback" not in said


def test_a_port_that_is_taken_is_told(program: Program) -> None:
    """With what else to do."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        wrong = program.popen("--port", str(taken.getsockname()[1]), stderr=subprocess.PIPE)
        _, said = wrong.communicate(timeout=60)
    assert (wrong.returncode, "choose another, or 0" in said, "Traceback" in said) == (78, True, False)


def test_secrets_that_others_can_read_are_refused(program: Program, tmp_path: Path) -> None:
    """With the command that helps."""
    (tmp_path / "secrets.json").write_text("{}")
    (tmp_path / "secrets.json").chmod(0o644)
    wrong = program.popen("--secrets", f"{tmp_path}/secrets.json", stderr=subprocess.PIPE)
    _, said = wrong.communicate(timeout=60)
    assert (wrong.returncode, "chmod 600" in said) == (78, True)


def _ledger(folder: Path) -> list[str]:
    file = folder / "ledger"
    return file.read_text().splitlines() if file.exists() else []
