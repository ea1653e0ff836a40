"""What only the process runner promises: environment, tasks, timeouts, and that nothing is left behind."""

from __future__ import annotations

import dataclasses
import os
import signal
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.core.errors import NotStarted
from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.launch import Launch
from orchestrator.core.model import Image, Step
from orchestrator.ports import Ended, Execution, Gone
from orchestrator.runners import supervisor, traces
from orchestrator.runners.process import ProcessRunner
from orchestrator.testing import build
from orchestrator.testing.fakes import FakeInterrupt
from orchestrator.testing.stages import Play, ProcessStage

HIDDEN = "3f9a-value"


def launch_of(processes: ProcessStage, program: str, step: Step | None = None, *, number: int = 1) -> Launch:
    """The first attempt of a step that runs this sh program."""
    processes.program("program", program)
    launch = processes.launch(Play.GOOD, number)
    return dataclasses.replace(
        launch, step=step or launch.step, image=dataclasses.replace(launch.image, command=("program",))
    )


def run(processes: ProcessStage, launch: Launch) -> tuple[Execution, Failure | None]:
    """Start it and wait for its end."""
    execution = processes.runner.start(launch)
    outcome = processes.end(execution)
    assert isinstance(outcome, Ended)
    return execution, outcome.failure


def said(execution: Execution, task: int = 0) -> list[str]:
    """What a task wrote to standard output."""
    return (Path(execution.log) / f"task-{task}.stdout").read_text(encoding="utf-8").splitlines()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    give_up = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def test_step_sees_its_own_environment_and_nothing_else(
    processes: ProcessStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Contract, the step's env with this place's values, secrets, and a minimum; nothing of the orchestrator's."""
    monkeypatch.setenv("NIGHTJAR_STORE", "sqlite:/mine")
    runner = ProcessRunner(
        processes.folder,
        processes.folder / "state",
        environment={"SERVICE": "here", "UNKNOWN": "x"},
        secrets={"database": HIDDEN},
        interrupt=FakeInterrupt(),
    )
    step = build.step("good", env={"SERVICE": "there", "LIMIT": "5"}, secrets={"DSN": "database"})
    launch = launch_of(processes, "env", step)
    execution = runner.start(launch)
    processes.end(execution)
    runner.close()
    scratch = f"{execution.log}/scratch/0"
    expected = {
        **launch.environment,
        "SERVICE": "here",
        "LIMIT": "5",
        "DSN": HIDDEN,
        "CLOUD_RUN_TASK_INDEX": "0",
        "CLOUD_RUN_TASK_COUNT": "1",
        "HOME": scratch,
        "TMPDIR": scratch,
        "PWD": scratch,
        "LANG": "C.UTF-8",
        "NIGHTJAR_PLACE": execution.log,
    }
    found = dict(line.split("=", 1) for line in said(execution))
    assert "/usr/bin" in found.pop("PATH").split(":")
    found.pop("_", None), found.pop("SHLVL", None), found.pop("OLDPWD", None)
    assert expected == found


def test_secrets_do_not_reach_the_disk(processes: ProcessStage) -> None:
    """Nothing that the runner writes holds one."""
    runner = ProcessRunner(
        processes.folder,
        processes.folder / "state",
        environment={},
        secrets={"database": HIDDEN},
        interrupt=FakeInterrupt(),
    )
    launch = launch_of(processes, "exit 1", build.step("good", secrets={"DSN": "database"}))
    processes.end(runner.start(launch))
    runner.close()
    files = [path for path in (processes.folder / "state").rglob("*") if path.is_file()]
    assert files
    assert not [path for path in files if HIDDEN.encode() in path.read_bytes()]


def test_check_tells_every_problem(processes: ProcessStage) -> None:
    """Programs that are missing or cannot be executed, images that are none of ours, secrets that nobody has."""
    (processes.folder / "flat").touch()
    steps = [build.step(name, secrets={"DSN": f"{name}-db"}) for name in ("absent", "flat", "image", "fine")]
    release = build.release(build.pipeline(*steps), commands={name: (name,) for name in ("absent", "flat")})
    images = {
        **release.images,
        "image": Image(ref="registry.example/x@sha256:0", digest="sha256:0", command=("x",)),
        "fine": dataclasses.replace(release.images["flat"], command=("good",)),
    }
    problems = processes.runner.check(dataclasses.replace(release, images=images))
    assert len(problems) == 3 + 4
    for problem, words in zip(problems, ("does not exist", "cannot be executed", "registry.example/x"), strict=False):
        assert words in problem
    assert "step fine needs secret 'fine-db' as DSN" in problems[-1]


def test_tasks_run_at_most_so_many_at_once(processes: ProcessStage) -> None:
    """Four tasks, two at once: never three, each with its index, and their progress is told."""
    program = """
here=$TMPDIR/../../running; mkdir -p "$here"; touch "$here/$CLOUD_RUN_TASK_INDEX"
ls "$here" | wc -l
sleep 0.05
rm "$here/$CLOUD_RUN_TASK_INDEX"
echo "$CLOUD_RUN_TASK_INDEX of $CLOUD_RUN_TASK_COUNT"
"""
    launch = launch_of(processes, program, build.step("good", tasks=4, parallelism=2))
    execution, failure = run(processes, launch)
    assert failure is None
    assert processes.look(execution).tasks_done == 4
    lines = [said(execution, task) for task in range(4)]
    assert {int(line[0]) for line in lines} <= {1, 2}
    assert [f"{task} of 4" for task in range(4)] == [line[1] for line in lines]


def test_no_task_is_cut_short_because_another_failed(processes: ProcessStage) -> None:
    """As on Cloud Run; the failure names the shard and shows its words."""
    program = '[ "$CLOUD_RUN_TASK_INDEX" = 1 ] && { echo "no" >&2; exit 3; }; echo fine'
    launch = launch_of(processes, program, build.step("good", tasks=3, parallelism=1))
    execution, failure = run(processes, launch)
    assert failure is not None
    assert (failure.code, failure.task, failure.last_lines) == (3, 1, ("no",))
    assert [said(execution, 0), said(execution, 2)] == [["fine"], ["fine"]]


def test_timeout_ends_the_task_and_its_children(processes: ProcessStage) -> None:
    """SIGTERM to the whole group; the failure says that it was the timeout."""
    step = build.step("good", timeout=timedelta(seconds=0.2))
    _, failure = run(processes, launch_of(processes, "sleep 1000 & sleep 1001", step))
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT
    assert not carriers(str(launch_of(processes, "").attempt))


def test_task_that_ignores_sigterm_is_killed(processes: ProcessStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """After the grace SIGKILL follows."""
    monkeypatch.setattr("orchestrator.runners.process.GRACE", timedelta(seconds=0.2))
    step = build.step("good", timeout=timedelta(seconds=0.2))
    program = "trap '' TERM; while :; do sleep 0.05; done"
    execution, failure = run(processes, launch_of(processes, program, step))
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT
    status = traces.status(Path(execution.log))
    assert status is not None
    assert status.tasks[0].exit == -signal.SIGKILL


def test_end_of_the_program_is_the_end_of_its_children(processes: ProcessStage) -> None:
    """What a task leaves running in the background, also in another session, is killed before the end is told."""
    launch = launch_of(processes, "sleep 1000 & setsid sleep 1001 & exit 0")
    _, failure = run(processes, launch)
    assert failure is None
    assert not carriers(str(launch.attempt))


def test_lost_attempt_leaves_nothing_running(processes: ProcessStage) -> None:
    """When the supervisor is killed, grandchildren that outlive it are killed before the attempt is called lost."""
    launch = launch_of(processes, "setsid sleep 1000 & echo up; wait")
    execution = processes.runner.start(launch)
    eventually(lambda: (Path(execution.log) / "task-0.stdout").exists() and said(execution) == ["up"])
    eventually(lambda: len(carriers(str(launch.attempt))) == 2)
    processes.vanish(execution)
    assert isinstance(processes.end(execution), Gone)
    assert not carriers(str(launch.attempt))


def test_same_attempt_of_another_state_folder_is_left_alone(processes: ProcessStage, tmp_path: Path) -> None:
    """The end of an attempt ends nothing of one with the same name that another orchestrator of this machine runs."""
    folder = tmp_path / "other"
    folder.mkdir()
    other = ProcessStage(folder)
    try:
        neighbour = launch_of(other, "echo up; sleep 1000")
        theirs = other.runner.start(neighbour)
        eventually(lambda: (Path(theirs.log) / "task-0.stdout").exists() and said(theirs) == ["up"])
        ours, failure = run(processes, launch_of(processes, "exit 0"))
        assert (ours.attempt, failure) == (theirs.attempt, None)
        (seen,) = other.runner.observe([theirs], patience=timedelta())
        assert seen.outcome is None
    finally:
        other.clean()


def test_program_that_cannot_be_executed(processes: ProcessStage) -> None:
    """Its exit code is the shell's, and the reason stands in its standard error."""
    launch = launch_of(processes, "")
    (processes.folder / "program").write_text("#!/does/not/exist\n", encoding="utf-8")
    _, failure = run(processes, launch)
    assert failure is not None
    assert failure.code == 127
    assert "cannot start" in failure.last_lines[0]


def test_supervisor_stopped_by_others_is_no_cancel(processes: ProcessStage) -> None:
    """A SIGTERM that nobody here asked for, as at a shutdown, is worth another attempt."""
    execution = processes.runner.start(processes.launch(Play.ENDLESS))
    eventually(lambda: bool(processes.executed()))
    identity = traces.identity(Path(execution.log))
    assert identity is not None
    os.kill(identity.pid, signal.SIGTERM)
    outcome = processes.end(execution)
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    assert (outcome.failure.kind, outcome.failure.code) == (FailureKind.SIGNAL, 15)


def test_another_process_with_the_same_pid_is_not_taken_for_it(processes: ProcessStage) -> None:
    """The start time tells them apart."""
    execution, _ = run(processes, processes.launch(Play.GOOD))
    identity = Path(execution.log) / supervisor.IDENTITY
    stranger = {"pid": os.getpid(), "start": 1, "boot": supervisor.boot()}
    identity.write_text(str(stranger).replace("'", '"'), encoding="utf-8")
    processes.restart()
    assert isinstance(processes.end(execution), Ended)


def test_supervisor_that_cannot_be_watched_does_not_run(
    processes: ProcessStage, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Too many open files, say: the attempt has not started, and nothing of it runs beside the next one."""

    def refuse(pid: int) -> int:
        eventually(lambda: bool(processes.executed()))
        raise OSError(f"too many open files for {pid}")

    monkeypatch.setattr(os, "pidfd_open", refuse)
    launch = processes.launch(Play.ENDLESS)
    with pytest.raises(NotStarted, match="too many open files"):
        processes.runner.start(launch)
    assert not carriers(str(launch.attempt))


def test_scratch_of_a_success_is_removed(processes: ProcessStage) -> None:
    """That of a failure stays, for whoever looks into it."""
    execution, _ = run(processes, launch_of(processes, "touch here"))
    assert not (Path(execution.log) / "scratch").exists()
    execution, _ = run(processes, launch_of(processes, "touch here; exit 1", number=2))
    assert (Path(execution.log) / "scratch" / "0" / "here").exists()


def test_observe_reacts_at_once(processes: ProcessStage) -> None:
    """The end of a process is seen within milliseconds, without polling."""
    execution = processes.runner.start(launch_of(processes, "sleep 0.3"))
    before = os.times()
    processes.end(execution)
    assert time.time() - told_end(execution) < 0.25
    assert (os.times().user - before.user) + (os.times().system - before.system) < 0.1


def told_end(execution: Execution) -> float:
    """When the supervisor says that it ended."""
    status = traces.status(Path(execution.log))
    assert status is not None
    return status.ended.timestamp()


def carriers(attempt: str) -> list[int]:
    """The processes that carry an attempt's id in their environment."""
    marker = f"NIGHTJAR_ATTEMPT={attempt}".encode()
    return [pid for pid in supervisor._pids() if supervisor._carries(pid, marker)]
