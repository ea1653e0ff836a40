from __future__ import annotations

import signal
import sys
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

from google.cloud import run_v2

from tools.emulator.emulator import Settings
from tools.emulator.testing import Clients, completed, eventually

REASON = run_v2.Condition.CommonReason


def output(site: Any, execution: str, index: int = 0, attempt: int = 0, stream: str = "stdout") -> str:
    """What an attempt wrote so far."""
    folder: Path = site.folder / "state/attempts" / execution.rpartition("/")[2] / str(index) / str(attempt)
    file = folder / f"task-{index}.{stream}"
    return file.read_text(encoding="utf-8") if file.exists() else ""


def test_a_task_sees_what_the_platform_injects(clients: Clients, site: Any) -> None:
    """Job, execution, index, attempt and count, beside the job's own variables, and nothing of the emulator's."""
    name = clients.create("toy", "env; exit 1", tasks=2, retries=1, env={"OWN": "1"})
    execution = clients.end(clients.run(name)).name
    lines = output(site, execution, 1, 1).splitlines()
    for line in (
        "CLOUD_RUN_JOB=toy", f"CLOUD_RUN_EXECUTION={execution.rpartition('/')[2]}", "CLOUD_RUN_TASK_INDEX=1",
        "CLOUD_RUN_TASK_ATTEMPT=1", "CLOUD_RUN_TASK_COUNT=2", "OWN=1",
    ):  # fmt: skip
        assert line in lines
    assert not [line for line in lines if line.startswith("PYTHON")]


def test_a_failed_task_is_tried_again_at_once_and_stops_no_other(clients: Clients) -> None:
    """Each has its retries; the execution fails only after all were attempted."""
    text = '[ "$CLOUD_RUN_TASK_INDEX" = 0 ] && exit 7; [ "$CLOUD_RUN_TASK_ATTEMPT" = 2 ]'
    found = clients.end(clients.run(clients.create("toy", text, tasks=3, parallelism=1, retries=2)))
    assert (found.succeeded_count, found.failed_count, found.retried_count) == (2, 1, 3)
    assert [clients.task(found.name, index).retried for index in range(3)] == [2, 2, 2]
    assert clients.task(found.name).last_attempt_result.exit_code == 7
    assert "-task0 failed" in completed(found).message
    retry = [each for each in found.conditions if each.type_ == "Retry"]
    assert [each.reason for each in retry] == [REASON.IMMEDIATE_RETRY]


def test_no_more_tasks_run_at_once_than_are_allowed(clients: Clients, tmp_path: Path) -> None:
    """Parallelism holds; without one all run at once."""
    text = f"cd {tmp_path}; mkdir busy || exit 1; sleep 0.05; rmdir busy"
    found = clients.end(clients.run(clients.create("one", text, tasks=4, parallelism=1)))
    assert found.succeeded_count == 4
    together = f"cd {tmp_path}; : > up-$CLOUD_RUN_TASK_INDEX; while ! [ -e up-0 -a -e up-1 -a -e up-2 ]; do :; done"
    assert clients.end(clients.run(clients.create("all", together, tasks=3))).succeeded_count == 3


def test_a_timeout_is_told_in_words_alone(clients: Clients) -> None:
    """SIGTERM at the timeout, for each attempt anew; the reason is the same as of an exit."""
    text = "trap 'exit 3' TERM; sleep 1000 & wait"
    found = clients.end(clients.run(clients.create("toy", text, seconds=0.3, retries=1)))
    assert completed(found).message.endswith("-task0 failed with message: The configured timeout was reached.")
    assert completed(found).execution_reason == run_v2.Condition.ExecutionReason.NON_ZERO_EXIT_CODE
    result = clients.task(found.name).last_attempt_result
    assert (result.exit_code, result.status.code, found.retried_count) == (3, 4, 1)


def test_who_ignores_sigterm_is_killed_after_the_grace(clients: Clients) -> None:
    """With all that it started."""
    found = clients.end(clients.run(clients.create("toy", "trap '' TERM; sleep 1000; sleep 1000", seconds=0.2)))
    assert clients.task(found.name).last_attempt_result.term_signal == signal.SIGKILL


def test_a_signal_is_told_as_one(clients: Clients) -> None:
    """Not as an exit code."""
    found = clients.end(clients.run(clients.create("toy", "kill -SEGV $$")))
    result = clients.task(found.name).last_attempt_result
    assert (result.term_signal, result.exit_code) == (signal.SIGSEGV, 0)


def test_cancelling_lets_a_task_clean_up(clients: Clients, site: Any) -> None:
    """It gets SIGTERM; what has not begun never begins; what ended before stays as it was."""
    text = '[ "$CLOUD_RUN_TASK_INDEX" = 0 ] && exit 0; trap "echo bye; exit 0" TERM; echo up; sleep 1000 & wait'
    execution = clients.run(clients.create("toy", text, tasks=4, parallelism=1))
    clients.until(execution, lambda found: found.succeeded_count == 1 and found.running_count == 1)
    eventually(lambda: output(site, execution, 1) == "up\n")
    clients.executions.cancel_execution(name=execution)
    found = clients.end(execution)
    assert (found.succeeded_count, found.cancelled_count, found.running_count) == (1, 3, 0)
    assert output(site, execution, 1) == "up\nbye\n"
    assert not (site.folder / "state/attempts" / execution.rpartition("/")[2] / "2").exists()


def test_who_takes_too_much_memory_is_killed(clients: Clients, site: Any) -> None:
    """The sum of all its processes counts; the platform's log says why."""
    program = "import time\nkept = bytearray(600 << 20)\ntime.sleep(1000)"
    python = clients.create("toy", "", command=[sys.executable, "-c", program])
    found = clients.end(clients.run(python))
    result = clients.task(found.name).last_attempt_result
    assert (result.term_signal, result.status.message.partition(" exceeded")[0]) == (9, "Memory limit of 512 MiB")
    assert "Memory limit" in completed(found).message
    site.stop()
    assert [each["severity"] for each in site.output.entries() if "varlog" in each["logName"]] == ["ERROR"]


def test_secrets_come_by_version(start: Callable[..., Clients], site: Any) -> None:
    """`latest` is the newest when the attempt starts; a new version is used from the next one on."""
    file = site.folder / "secrets.json"
    file.touch(mode=0o600)
    file.write_text('{"dsn": {"versions": {"1": "old", "9": "new", "10": "newest"}, "disabled": ["10"]}}')
    clients = start(secrets=file)
    name = clients.create("toy", 'echo "$DSN"', secrets={"DSN": "dsn"})
    first = clients.end(clients.run(name)).name
    file.write_text('{"dsn": {"versions": {"11": "rotated"}}}')
    second = clients.end(clients.run(name)).name
    assert (output(site, first), output(site, second)) == ("new\n", "rotated\n")


def test_a_denied_secret_keeps_the_attempt_from_starting(start: Callable[..., Clients], site: Any) -> None:
    """The execution fails with the reason, and the task never ran."""
    file = site.folder / "secrets.json"
    file.touch(mode=0o600)
    file.write_text('{"dsn": {"versions": {"1": "3f9a-value"}, "denied": true}}')
    clients = start(secrets=file)
    found = clients.end(clients.run(clients.create("toy", "exit 0", secrets={"DSN": "dsn"})))
    assert completed(found).reason == REASON.SECRETS_ACCESS_CHECK_FAILED
    assert "Permission denied on secret: projects/local/secrets/dsn" in completed(found).message
    assert not found.start_time


def test_output_becomes_entries_of_cloud_logging(clients: Clients, site: Any) -> None:
    """A line of JSON is structured, its special keys lifted; another line is text; each says whose it is."""
    line = (
        '{"severity":"WARNING","message":"hm","rows":3,"logging.googleapis.com/labels":{"step":"load"},'
        '"logging.googleapis.com/trace":"projects/p/traces/1"}'
    )
    execution = clients.end(clients.run(clients.create("toy", f"echo '{line}' >&2; printf plain"))).name
    site.stop()
    entries = {each["logName"].rpartition("%2F")[2]: each for each in site.output.entries()}
    error = entries["stderr"]
    assert (error["severity"], error["trace"]) == ("WARNING", "projects/p/traces/1")
    assert error["jsonPayload"] == {"message": "hm", "rows": 3}
    assert error["resource"]["labels"] == {"project_id": "local", "location": "local", "job_name": "toy"}
    assert error["labels"] == {
        "step": "load",
        "run.googleapis.com/execution_name": execution.rpartition("/")[2],
        "run.googleapis.com/task_index": "0",
        "run.googleapis.com/task_attempt": "0",
    }
    assert entries["stdout"]["textPayload"] == "plain"


def test_no_more_attempts_run_than_the_machine_may(start: Callable[..., Clients]) -> None:
    """Of all executions together; the others wait and come later."""
    clients = start(capacity=1)
    name = clients.create("toy", "exit 0", tasks=3)
    for execution in [clients.run(name), clients.run(name)]:
        assert clients.end(execution).succeeded_count == 3


def test_stopping_ends_what_runs(clients: Clients, site: Any, start: Callable[..., Clients]) -> None:
    """Nothing is left, and the next emulator tells it as cancelled."""
    execution = clients.run(clients.create("toy", "echo $$; exec sleep 1000"))
    eventually(lambda: clients.executions.get_execution(name=execution).running_count == 1)
    eventually(lambda: output(site, execution) != "")
    pid = int(output(site, execution))
    site.stop()
    assert not Path(f"/proc/{pid}").exists()
    assert start().executions.get_execution(name=execution).cancelled_count == 1


def test_a_program_that_is_not_there_fails(clients: Clients) -> None:
    """With the code that a shell has for it."""
    found = clients.end(clients.run(clients.create("toy", "", command=["/nowhere"])))
    assert clients.task(found.name).last_attempt_result.exit_code == 127


def test_the_grace_is_the_platforms(site: Any) -> None:
    """Ten seconds, if nobody sets another."""
    assert Settings(state=site.folder, root=site.folder).grace == timedelta(seconds=10)
