"""What only steps in images promise: what they see, what they may, how they end, and that nothing is left behind."""

from __future__ import annotations

import dataclasses
import signal
import socket
import threading
import time
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.core.errors import NotStarted
from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.model import Image, Step
from orchestrator.ports import Ended, Execution, Gone
from orchestrator.runners import supervisor, traces
from orchestrator.runners.process import ProcessRunner
from orchestrator.testing import build, layouts
from orchestrator.testing.fakes import FakeInterrupt
from orchestrator.testing.stages import ImageStage, Play


def run(stage: ImageStage, text: str, *, step: Step | None = None, number: int = 1) -> tuple[Execution, Failure | None]:
    """Run an sh program in the image to its end."""
    stage.program("program", text)
    launch = stage.launch_of("program", number)
    execution = stage.runner.start(dataclasses.replace(launch, step=step or launch.step))
    outcome = stage.end(execution)
    assert isinstance(outcome, Ended)
    return execution, outcome.failure


def said(execution: Execution, stream: str = "stdout") -> list[str]:
    """What the only task wrote."""
    return (Path(execution.log) / f"task-0.{stream}").read_text(encoding="utf-8").splitlines()


def eventually(holds: Callable[[], bool]) -> None:
    """Wait until it holds."""
    give_up = time.monotonic() + 30
    while not holds():
        assert time.monotonic() < give_up
        time.sleep(0.01)


def carriers(attempt: object) -> list[int]:
    """The processes that carry an attempt's id in their environment."""
    marker = f"NIGHTJAR_ATTEMPT={attempt}".encode()
    return [pid for pid in supervisor._pids() if supervisor._carries(pid, marker)]


def test_step_sees_the_images_environment_and_its_own(contained: ImageStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """The image's variables, over them the step's, this place's and the contract's; nothing of the orchestrator's."""
    monkeypatch.setenv("NIGHTJAR_STORE", "sqlite:/mine")
    step = build.step("good", env={"SERVICE": "there", "LIMIT": "5"}, secrets={"DSN": "database"})
    execution, failure = run(contained, "export", step=step)
    assert failure is None
    scratch = f"{execution.log}/scratch/0"
    expected = {
        **contained.launch_of("program").environment,
        "SERVICE": "here",
        "LIMIT": "5",
        "DSN": "3f9a-value",
        "CLOUD_RUN_TASK_INDEX": "0",
        "CLOUD_RUN_TASK_COUNT": "1",
        "NIGHTJAR_PLACE": execution.log,
        "HOME": scratch,
        "TMPDIR": scratch,
        "PATH": "/usr/bin",
        "LANG": "C.UTF-8",
        "PWD": "/home",
    }
    found = dict(line.removeprefix("export ").split("=", 1) for line in said(execution))
    assert expected == {name: value.strip("'") for name, value in found.items()}


def test_step_may_little(contained: ImageStage) -> None:
    """The image's user without capabilities; read-only but for scratch, storage and /tmp; nothing of this machine."""
    program = f"""
while read -r name rest; do case $name in Uid:|Gid:|CapEff:|CapBnd:|NoNewPrivs:) echo "$name $rest";; esac
done < /proc/self/status
for place in / /usr /home/nonroot /etc; do (: > $place/x) 2>/dev/null && echo "wrote $place"; done
for place in /tmp "$TMPDIR" {contained.storage}; do : > $place/x || echo "no $place"; done
[ -e {contained.layout} ] && echo "sees more of this machine"
echo $$
"""
    execution, failure = run(contained, program)
    assert failure is None
    lines = [" ".join(line.split()) for line in said(execution)]
    ids = [f"{name} {' '.join([number] * 4)}" for name, number in (("Uid:", "65532"), ("Gid:", "65533"))]
    none = "0" * 16
    assert [*ids, f"CapEff: {none}", f"CapBnd: {none}", "NoNewPrivs: 1", "1"] == lines
    assert (contained.storage / "x").exists()


def test_command_is_the_images_own_if_the_release_has_none(contained: ImageStage) -> None:
    """Entrypoint and arguments of the configuration."""
    launch = dataclasses.replace(contained.launch(Play.GOOD), image=contained.image())
    outcome = contained.end(contained.runner.start(launch))
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    assert outcome.failure.code == 3


def test_sigterm_reaches_the_program_and_not_only_bubblewrap(contained: ImageStage) -> None:
    """A step that is cancelled can clean up, and its exit code is told."""
    contained.program("program", f"trap 'echo bye; exit 75' TERM; echo up; read -r line <> {contained.storage}/never")
    launch = contained.launch_of("program")
    execution = contained.runner.start(launch)
    eventually(lambda: (Path(execution.log) / "task-0.stdout").exists() and said(execution) == ["up"])
    contained.runner.cancel(execution)
    outcome = contained.end(execution)
    assert isinstance(outcome, Ended)
    assert outcome.failure is not None
    assert outcome.failure.kind is FailureKind.CANCELLED
    assert said(execution) == ["up", "bye"]
    assert not carriers(launch.attempt)


def test_program_that_ignores_sigterm_is_killed(contained: ImageStage, monkeypatch: pytest.MonkeyPatch) -> None:
    """With everything that it started, after the grace."""
    monkeypatch.setattr("orchestrator.runners.process.GRACE", timedelta(seconds=0.2))
    step = build.step("good", timeout=timedelta(seconds=0.5))
    wait = f"while :; do read -r line <> {contained.storage}/never; done"
    execution, failure = run(contained, f"trap '' TERM; ({wait}) & {wait}", step=step)
    assert failure is not None
    assert failure.kind is FailureKind.TIMEOUT
    status = traces.status(Path(execution.log))
    assert status is not None
    assert status.tasks[0].exit == -signal.SIGKILL
    assert not carriers(execution.attempt)


def test_signal_that_kills_the_program_is_told_as_one(contained: ImageStage) -> None:
    """Not as bubblewrap's exit code."""
    _, failure = run(contained, "sh -c 'kill -SEGV $$'; exit $?")
    assert failure is not None
    assert (failure.kind, failure.code) == (FailureKind.SIGNAL, signal.SIGSEGV)


def test_lost_attempt_leaves_nothing_running(contained: ImageStage) -> None:
    """When the supervisor is killed, everything in the container dies before the attempt is called lost."""
    wait = f"while :; do read -r line <> {contained.storage}/never; done"
    contained.program("program", f"trap '' TERM HUP; ({wait}) & echo up; {wait}")
    launch = contained.launch_of("program")
    execution = contained.runner.start(launch)
    eventually(lambda: (Path(execution.log) / "task-0.stdout").exists() and said(execution) == ["up"])
    assert len(carriers(launch.attempt)) >= 3
    contained.vanish(execution)
    assert isinstance(contained.end(execution), Gone)
    assert not carriers(launch.attempt)


def test_sweep_finds_what_is_in_a_container(contained: ImageStage) -> None:
    """Although it has another user and other process numbers there."""
    contained.program("program", f"echo up; while :; do read -r line <> {contained.storage}/never; done")
    launch = contained.launch_of("program")
    execution = contained.runner.start(launch)
    eventually(lambda: (Path(execution.log) / "task-0.stdout").exists() and said(execution) == ["up"])
    assert supervisor.sweep(f"NIGHTJAR_ATTEMPT={launch.attempt}", patience=10) == []
    assert isinstance(contained.end(execution), Ended)


def test_programs_of_this_machine_are_reached_by_network(contained: ImageStage) -> None:
    """The network is this machine's: its loopback, where database and service listen."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = f"{server.getsockname()[1]:04X}"
        # No program of the image can connect; the kernel's table of this network names the listener.
        _, failure = run(
            contained, f"while read -r line; do case $line in *:{port}*) exit 0;; esac; done </proc/net/tcp; exit 1"
        )
    assert failure is None


def test_secrets_are_on_no_command_line(contained: ImageStage) -> None:
    """Others of this machine could read them there."""
    contained.program("program", f"echo up; while :; do read -r line <> {contained.storage}/never; done")
    launch = contained.launch_of("program")
    step = dataclasses.replace(launch.step, secrets={"DSN": "database"})
    execution = contained.runner.start(dataclasses.replace(launch, step=step))
    eventually(lambda: (Path(execution.log) / "task-0.stdout").exists() and said(execution) == ["up"])
    lines = [Path(f"/proc/{pid}/cmdline").read_bytes() for pid in carriers(launch.attempt)]
    assert lines
    assert not [line for line in lines if b"3f9a-value" in line]


def test_check_tells_every_problem(contained: ImageStage) -> None:
    """No layout, another digest, damage, a user whom nobody knows, no program: each with what to do."""
    unknown = layouts.write(contained.folder / "unknown", [layouts.layer([])], {"User": "nobody", "Cmd": ["x"]})
    empty = layouts.write(contained.folder / "empty", [layouts.layer([])])
    damaged = layouts.write(contained.folder / "damaged", [layouts.layer([layouts.entry("x", b"y")])])
    for blob in (contained.folder / "damaged/blobs/sha256").iterdir():
        if blob.read_bytes()[:2] == b"\x1f\x8b":
            blob.write_bytes(b"else")
    images = {
        "absent": (Image(ref="layout:absent", digest=empty, command=()), "is no OCI layout"),
        "other": (Image(ref="layout:empty", digest=unknown, command=()), "was built anew"),
        "damaged": (Image(ref="layout:damaged", digest=damaged, command=()), "it is damaged"),
        "unknown": (Image(ref="layout:unknown", digest=unknown, command=()), "name the user by number"),
        "empty": (Image(ref="layout:empty", digest=empty, command=()), "give it an entrypoint"),
    }
    release = build.release(build.pipeline(*(build.step(name) for name in images)))
    release = dataclasses.replace(release, images={name: image for name, (image, _) in images.items()})
    problems = contained.runner.check(release)
    assert len(images) == len(problems)
    for problem, (name, (_, words)) in zip(problems, images.items(), strict=True):
        assert problem.startswith(f"step {name}: ")
        assert words in problem


@pytest.mark.parametrize(
    ("program", "words"), [(None, "--bubblewrap"), ("absent", "is no program"), ("broken", "cannot make a container")]
)
def test_check_tells_that_bubblewrap_does_not_work(contained: ImageStage, program: str | None, words: str) -> None:
    """It is not set, not there, or fails; starting says the same."""
    broken = contained.folder / "broken"
    broken.write_text("#!/bin/sh\necho no namespaces >&2; exit 1\n", encoding="utf-8")
    broken.chmod(0o755)
    runner = ProcessRunner(
        contained.folder,
        contained.folder / "other",
        environment={},
        secrets={},
        interrupt=FakeInterrupt(),
        bubblewrap=contained.folder / program if program else None,
    )
    release = build.release(build.pipeline(build.step("good")))
    (problem,) = runner.check(dataclasses.replace(release, images={"good": contained.image()}))
    assert words in problem
    if program is None:
        with pytest.raises(NotStarted, match="--bubblewrap"):
            runner.start(contained.launch(Play.GOOD))


def test_image_that_is_unpacked_needs_no_layout(contained: ImageStage) -> None:
    """A run goes on under its release although the image was built anew meanwhile."""
    contained.end(contained.runner.start(contained.launch(Play.GOOD)))
    layouts.write(contained.layout, [layouts.layer([])])
    outcome = contained.end(contained.runner.start(contained.launch(Play.GOOD, 2)))
    assert isinstance(outcome, Ended)
    assert outcome.failure is None


def test_old_images_are_removed_unless_something_runs_from_them(contained: ImageStage) -> None:
    """At the next check of another release."""
    execution = contained.runner.start(contained.launch(Play.ENDLESS))
    other = layouts.write(contained.folder / "other", [layouts.layer([])], {"Cmd": ["x"]})
    release = build.release(build.pipeline(build.step("good")))
    release = dataclasses.replace(release, images={"good": Image(ref="layout:other", digest=other, command=())})
    images = contained.folder / "state" / "images"
    contained.restart()
    assert contained.runner.check(release) == ()
    assert (images / contained.digest.removeprefix("sha256:")).exists()
    contained.runner.cancel(execution)
    contained.end(execution)
    eventually(lambda: not traces.locked(Path(execution.log)))
    assert contained.runner.check(release) == ()
    assert {other.removeprefix("sha256:"), "layers"} == {path.name for path in images.iterdir()}
    assert len(list((images / "layers").iterdir())) == 1


def test_many_want_the_same_image_at_once(contained: ImageStage) -> None:
    """One makes it, all use it, nothing else is left."""
    failures: list[Failure | None] = []

    def start(number: int) -> None:
        runner = contained._new()
        execution = runner.start(contained.launch(Play.GOOD, number))
        outcome = None
        while outcome is None:
            (observation,) = runner.observe([execution], patience=timedelta(seconds=10))
            outcome = observation.outcome
        assert isinstance(outcome, Ended)
        failures.append(outcome.failure)

    threads = [threading.Thread(target=start, args=(number,)) for number in range(1, 9)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == [None] * 8
    names = {path.name for path in (contained.folder / "state" / "images").iterdir()}
    assert names == {contained.digest.removeprefix("sha256:"), "layers"}
