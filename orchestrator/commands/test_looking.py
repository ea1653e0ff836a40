"""What people look at, by whole processes: words of real steps, followed while they are said, and broken streams."""

from __future__ import annotations

import json
import os
import pty
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.core import events
from orchestrator.core import release as releases
from orchestrator.exits import ExitCode
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN
from steps.kit.contract import RunId

PATIENCE = 60.0
DAY = "2018-02-01"
RUN = f"toy-{DAY}-g1"

STEP = """\
#!/bin/sh
echo '{"severity": "INFO", "time": "2018-02-02T05:01:02Z", "message": "begins", "step": "'$NIGHTJAR_STEP'"}' >&2
echo "plain words of $NIGHTJAR_STEP"
if [ -p "$PLACE/gate-$NIGHTJAR_STEP" ]; then read -r _ < "$PLACE/gate-$NIGHTJAR_STEP"; fi
if [ -f "$PLACE/fails-$NIGHTJAR_STEP" ]; then echo "it went wrong" >&2; exit 65; fi
printf 'last words' >&2
"""


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a release of two steps, and the commands that are called there."""

    folder: Path

    def start(self, *arguments: str, **streams: int) -> subprocess.Popen[str]:
        """Start a command."""
        environment = {
            **os.environ,
            "PYTHONPATH": os.pathsep.join(filter(None, sys.path)),
            "BUILD_WORKING_DIRECTORY": str(self.folder),
            "NIGHTJAR_RELEASE": "release.json",
        }
        return subprocess.Popen(
            [sys.executable, "-m", "orchestrator", *arguments],
            cwd=self.folder,
            env=environment,
            stdout=streams.get("stdout", subprocess.PIPE),
            stderr=streams.get("stderr", subprocess.PIPE),
            text=True,
            start_new_session="stderr" in streams,
        )

    def call(self, *arguments: str) -> tuple[int, list[str], str]:
        """Exit code, lines and standard error of a command."""
        process = self.start(*arguments)
        stdout, stderr = process.communicate(timeout=PATIENCE)
        return process.returncode, stdout.splitlines(), stderr

    def kinds(self) -> list[str]:
        """The kinds of the run's events."""
        path = self.folder / ".nightjar" / "runs.sqlite"
        if not path.exists():
            return []
        store = SqliteStore(path)
        try:
            return [recorded.event.kind for recorded in store.read(RunId.parse(RUN))]
        finally:
            store.close()

    def wait_for(self, kind: str) -> None:
        """Wait until the log has an event."""
        give_up = time.monotonic() + PATIENCE
        while kind not in self.kinds():
            assert time.monotonic() < give_up, f"no {kind}"
            time.sleep(0.02)

    def shut(self, name: str) -> None:
        """Let a step wait for its gate."""
        os.mkfifo(self.folder / f"gate-{name}")

    def open(self, name: str) -> None:
        """Let the step pass."""
        (self.folder / f"gate-{name}").open("w", encoding="utf-8").close()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """A place whose processes are ended afterwards."""
    program = tmp_path / "step"
    program.write_text(STEP, encoding="utf-8")
    program.chmod(0o755)
    env = {"PLACE": str(tmp_path)}
    pipeline = build.pipeline(step("first", env=env), step("second", ["first"], env=env))
    release = build.release(pipeline, commands={name: ["step"] for name in pipeline.steps})
    (tmp_path / "release.json").write_text(releases.dumps(release), encoding="utf-8")
    yield Place(tmp_path)
    for gate in tmp_path.glob("gate-*"):
        # A step that still waits is let go; where none does, nobody has to open the other end.
        os.close(os.open(gate, os.O_RDWR))
        gate.unlink()


def rest(process: subprocess.Popen[str]) -> list[str]:
    """The lines that are still to come from a process of which some were read, and its end."""
    assert process.stdout is not None
    lines = process.stdout.read().splitlines()
    process.communicate(timeout=PATIENCE)
    return lines


def test_from_a_failure_to_its_last_words_is_one_command(place: Place) -> None:
    """Without a step those of the failing one, readable; raw for programs; without a failure those of all."""
    (place.folder / "fails-second").touch()
    assert place.call("run", "--date", DAY)[0] == ExitCode.FAILED
    code, lines, _ = place.call("logs", RUN)
    assert code == 0
    assert lines[0] == f"{RUN}/second/1 failed: exited with 65 (bad data) · task 0, stderr"
    assert lines[1].endswith("INFO     begins  step=second")
    assert lines[2] == "it went wrong"
    assert lines[3:] == [lines[0].replace("stderr", "stdout"), "plain words of second"]
    _, raw, _ = place.call("logs", DAY, "second", "--json", "--lines", "1")
    assert raw == ["it went wrong", "plain words of second"]
    _, first, _ = place.call("logs", DAY, "first", "--attempt", "1", "--task", "0")
    assert "last words" in first
    assert place.call("logs", DAY, "first", "--attempt", "2")[0] == ExitCode.USAGE
    code, _, stderr = place.call("logs", DAY, "first", "--task", "4")
    assert (code, "has the tasks 0" in stderr) == (ExitCode.USAGE, True)


def test_results_of_driving_are_json_for_programs(place: Place) -> None:
    """A line for each run, with the exit code; what cannot be done as well."""
    code, lines, _ = place.call("run", "--date", DAY, "--json")
    assert code == 0
    assert [json.loads(line) for line in lines] == [
        {"run": RUN, "state": "finished", "outcome": "succeeded", "exit_code": 0}
    ]
    code, lines, _ = place.call("cancel", RUN, "--json")
    assert (code, json.loads(lines[0])["outcome"]) == (0, "succeeded")
    code, lines, _ = place.call("retry", "toy-2018-02-01-g4", "--json")
    assert json.loads(lines[0])["exit_code"] == code == ExitCode.CONFIGURATION
    code, lines, _ = place.call("backfill", DAY, "2018-02-02", "--json")
    assert sorted(json.loads(line)["run"] for line in lines) == [RUN, "toy-2018-02-02-g1"]


def test_words_are_followed_until_the_attempt_has_ended(place: Place) -> None:
    """What was said before, what is said meanwhile, and the last line that nothing ends."""
    place.shut("first")
    run = place.start("run", "--date", DAY)
    place.wait_for("attempt.started")
    follower = place.start("logs", RUN, "first", "--follow")
    assert follower.stdout is not None
    assert follower.stdout.readline() == f"{RUN}/first/1 running\n"
    place.open("first")
    lines = rest(follower)
    assert follower.returncode == 0
    assert "plain words of first" in lines
    assert lines[-1] == "last words"
    run.communicate(timeout=PATIENCE)


def test_a_whole_run_is_followed_to_its_end(place: Place) -> None:
    """Steps as they begin, each line with whose it is."""
    place.shut("first")
    place.shut("second")
    run = place.start("run", "--date", DAY)
    place.wait_for("attempt.started")
    follower = place.start("logs", RUN, "--follow")
    assert follower.stdout is not None
    assert follower.stdout.readline() == f"{RUN}/first/1 running\n"
    place.open("first")
    while (line := follower.stdout.readline()) != f"{RUN}/second/1 running\n":
        assert line
    place.open("second")
    assert "second 0 | last words" in rest(follower)
    run.communicate(timeout=PATIENCE)
    assert (follower.returncode, run.returncode) == (0, 0)


def test_following_ends_on_ctrl_c_and_with_a_dead_driver(place: Place) -> None:
    """It is no failure; where driver and step are dead nobody writes the end down, and it ends all the same."""
    place.shut("first")
    run = place.start("run", "--date", DAY)
    place.wait_for("attempt.started")
    follower = place.start("logs", RUN, "first", "--follow")
    assert follower.stdout is not None
    follower.stdout.readline()
    follower.send_signal(signal.SIGINT)
    rest(follower)
    assert follower.returncode == 0
    run.kill()
    run.communicate()
    follower = place.start("logs", RUN, "first", "--follow")
    place.open("first")
    stdout, stderr = follower.communicate(timeout=PATIENCE)
    assert (follower.returncode, stderr) == (0, "")
    assert stdout.splitlines()[-1] == "last words"


def test_what_runs_elsewhere_is_read_by_the_platforms_means(place: Place) -> None:
    """The address and the command; an attempt that was never started said nothing; a folder may be gone."""
    url = "https://console.example/logs?project=p"
    started = events.Started(at=BEGIN, attempt=attempt("first"), execution="toy-first-x", log=url)
    elsewhere = events.Started(at=BEGIN, attempt=attempt("second"), execution="process 1", log="/nowhere/at/all")
    log = build.log(
        build.pipeline(step("first"), step("second")),
        events.Intended(at=BEGIN, attempt=attempt("first"), digest=""),
        started,
        events.Intended(at=BEGIN, attempt=attempt("second"), digest=""),
    )
    store = SqliteStore(place.folder / ".nightjar" / "runs.sqlite")
    store.append(build.RUN, 0, [recorded.event for recorded in log])
    _, lines, _ = place.call("logs", RUN)
    store.append(build.RUN, len(log), [elsewhere])
    store.close()
    assert lines[1] == f"its log: {url}"
    assert lines[2].startswith('gcloud logging read \'resource.type="cloud_run_job"')
    assert lines[4] == "  it was never started, so it said nothing"
    assert "which is not on this machine" in place.call("logs", RUN, "second")[1][1]
    _, followed, _ = place.call("logs", RUN, "first", "--follow")
    assert followed[2].startswith("gcloud beta logging tail")


@pytest.mark.parametrize("arguments", [["status"], ["--help"], ["status", RUN], ["status", "--json"], ["logs", RUN]])
def test_nobody_reads_and_nothing_breaks(place: Place, arguments: Sequence[str]) -> None:
    """A pipe whose reader has left, a closed standard output."""
    place.call("run", "--date", DAY)
    reading, writing = os.pipe()
    os.close(reading)
    process = place.start(*arguments, stdout=writing)
    os.close(writing)
    _, stderr = process.communicate(timeout=PATIENCE)
    assert (process.returncode, stderr) == (0, "")


def test_output_that_cannot_be_written_is_told(place: Place) -> None:
    """A full disk is no defect of nightjar, however much is written."""
    place.call("run", "--date", DAY)
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        for arguments in (["status"], ["status", RUN, "--json", "--events"]):
            process = place.start(*arguments, stdout=full.fileno())
            _, stderr = process.communicate(timeout=PATIENCE)
            assert (process.returncode, stderr.splitlines()) == (
                ExitCode.AGAIN,
                ["The output cannot be written: No space left on device."],
            )


def test_a_run_survives_the_loss_of_its_readers(place: Place) -> None:
    """With nobody on standard output and error it comes to its end, and the exit code tells."""
    reading, writing = os.pipe()
    os.close(reading)
    process = place.start("run", "--date", DAY, "--json", stdout=writing, stderr=writing)
    os.close(writing)
    assert process.wait(timeout=PATIENCE) == 0
    assert place.kinds()[-1] == "run.finished"


def test_a_terminal_that_goes_away_leaves_a_run_that_goes_on(place: Place) -> None:
    """SIGHUP in mid-run: the driver leaves the run resumable, its step runs on, the next call takes it up."""
    place.shut("first")
    terminal, end = pty.openpty()
    process = place.start("run", "--date", DAY, stdout=end, stderr=end)
    os.close(end)
    place.wait_for("attempt.started")
    os.close(terminal)
    process.send_signal(signal.SIGHUP)
    assert process.wait(timeout=PATIENCE) == ExitCode.AGAIN
    assert place.kinds()[-1] == "run.released"
    place.open("first")
    assert place.call("run", "--date", DAY)[0] == 0
    assert place.kinds().count("attempt.intended") == 2
