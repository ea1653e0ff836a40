"""The commands that drive runs, each as a process of its own, on steps of sh."""

from __future__ import annotations

import dataclasses
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from orchestrator.core import events
from orchestrator.core import release as releases
from orchestrator.core.events import Event
from orchestrator.core.states import RunView, fold
from orchestrator.exits import ExitCode
from orchestrator.stores.sqlite import SqliteStore
from orchestrator.testing import build
from orchestrator.testing.build import step
from steps.kit.contract import RunId

PATIENCE = 60.0
DAY = "2018-02-01"
RUN = f"toy-{DAY}-g1"

STEP = """\
#!/bin/sh
echo "$NIGHTJAR_ATTEMPT" >> "$PLACE/ledger"
if [ -p "$PLACE/gate-$NIGHTJAR_STEP" ]; then read -r _ < "$PLACE/gate-$NIGHTJAR_STEP"; fi
if [ -f "$PLACE/fails-$NIGHTJAR_STEP" ]; then exit 65; fi
if [ -f "$PLACE/fails-$NIGHTJAR_LOGICAL_DATE" ]; then exit 65; fi
"""


@dataclass(frozen=True, slots=True)
class Done:
    """How a command ended."""

    code: int
    stdout: str
    stderr: str


@dataclass(frozen=True, slots=True)
class Place:
    """A folder with a release of two steps, one after the other, and the commands that are called there."""

    folder: Path

    def start(self, *arguments: str) -> subprocess.Popen[str]:
        """Start a command."""
        environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, sys.path)), "USER": "ann"}
        return subprocess.Popen(
            [sys.executable, "-m", "orchestrator", *arguments],
            cwd=self.folder,
            env={**environment, "BUILD_WORKING_DIRECTORY": str(self.folder), "NIGHTJAR_RELEASE": "release.json"},
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )

    def call(self, *arguments: str) -> Done:
        """Run a command to its end."""
        return ended(self.start(*arguments))

    def view(self, run: str = RUN) -> RunView:
        """A run as its log tells it."""
        return fold(events.Recorded(run=RunId.parse(run), seq=n, event=each) for n, each in enumerate(self.log(run), 1))

    def log(self, run: str = RUN) -> list[Event]:
        """The events of a run."""
        store = SqliteStore(self.folder / ".nightjar" / "runs.sqlite")
        try:
            return [recorded.event for recorded in store.read(RunId.parse(run))]
        finally:
            store.close()

    def runs(self) -> list[str]:
        """Every run that there is, the oldest first."""
        store = SqliteStore(self.folder / ".nightjar" / "runs.sqlite")
        try:
            return sorted(map(str, store.runs()))
        finally:
            store.close()

    def ledger(self) -> list[str]:
        """Every attempt that ran, in order."""
        path = self.folder / "ledger"
        return path.read_text(encoding="utf-8").split() if path.exists() else []

    def wait_for(self, attempt: str) -> None:
        """Wait until an attempt runs."""
        give_up = time.monotonic() + PATIENCE
        while attempt not in self.ledger():
            assert time.monotonic() < give_up, f"{attempt} does not run"
            time.sleep(0.01)


def ended(process: subprocess.Popen[str]) -> Done:
    stdout, stderr = process.communicate(timeout=PATIENCE)
    return Done(process.returncode, stdout, stderr)


def hear(process: subprocess.Popen[str], text: str) -> None:
    """Wait until a command says something."""
    assert process.stderr is not None
    said = process.stderr.readline()
    while text not in said:
        assert said, f"it left without saying {text!r}"
        said = process.stderr.readline()


@pytest.fixture
def place(tmp_path: Path) -> Iterator[Place]:
    """The folder; whatever waits at a gate is let go at the end."""
    (tmp_path / "step.sh").write_text(STEP, encoding="utf-8")
    (tmp_path / "step.sh").chmod(0o755)
    env = {"PLACE": str(tmp_path)}
    pipeline = build.pipeline(step("first", env=env), step("second", ["first"], env=env))
    release = build.release(pipeline, commands={"first": ("step.sh",), "second": ("step.sh",)})
    (tmp_path / "release.json").write_text(releases.dumps(release), encoding="utf-8")
    yield Place(tmp_path)
    for gate in tmp_path.glob("gate-*"):
        gate.unlink()


def test_retry_does_again_what_failed(place: Place) -> None:
    """By run or by date; who and why are on record, and what had succeeded is not repeated."""
    (place.folder / "fails-second").touch()
    failed = place.call("run", "--date", DAY)
    assert failed.code == ExitCode.FAILED
    assert f"nightjar retry {RUN}" in failed.stderr
    assert place.call("retry", RUN, "--why", "mended").code == ExitCode.FAILED
    (place.folder / "fails-second").unlink()
    assert place.call("retry", DAY).code == ExitCode.DONE
    assert place.ledger() == [f"{RUN}/first/1", f"{RUN}/second/1", f"{RUN}/second/2", f"{RUN}/second/3"]
    reopened = [event for event in place.log() if isinstance(event, events.Reopened)]
    assert [(event.by, event.why) for event in reopened] == [("ann", "mended"), ("ann", "")]
    assert place.call("retry", RUN).code == ExitCode.DONE
    assert len(place.ledger()) == 4


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        (["retry", "2018-02-09"], "no run of toy for 2018-02-09"),
        (["retry", "toy-2018-02-01-g9"], "newest run, that is toy-2018-02-01-g1"),
        (["retry", "other-2018-02-01-g1"], "another pipeline"),
        (["retry", RUN, "--from", "first"], "nightjar rerun 2018-02-01 --from first"),
        (["retry", RUN, "--from", "secund"], "did you mean second?"),
        (["retry", "yesterday"], "expected PIPELINE-YYYY-MM-DD-gN"),
        (["rerun", "2018-02-30"], "no day of the calendar"),
        (["rerun", "2018-02-03..2018-02-01"], "comes before"),
        (["rerun", "9999-01-01"], "in the future"),
        (["backfill", "2018-02-03", "9999-02-01"], "in the future"),
    ],
)
def test_what_cannot_be_done_is_told(place: Place, arguments: list[str], says: str) -> None:
    """With a remedy, and nothing is run."""
    (place.folder / "fails-second").touch()
    place.call("run", "--date", DAY)
    refused = place.call(*arguments)
    assert (refused.code, "Traceback" in refused.stderr) == (ExitCode.CONFIGURATION, False)
    assert says in refused.stderr
    assert place.runs() == [RUN]


def test_renew_does_what_another_release_did_anew(place: Place) -> None:
    """Once: a day that is done under the release that is named stays done."""
    assert place.call("run", "--date", DAY, "--renew").code == 0
    release = place.folder / "release.json"
    newer = dataclasses.replace(releases.loads(release.read_text(), source="release.json"), revision="1" * 40)
    release.write_text(releases.dumps(newer))
    assert [place.call("run", "--date", DAY, "--renew").code for _ in range(2)] == [0, 0]
    assert place.ledger()[2:] == [f"toy-{DAY}-g2/first/1", f"toy-{DAY}-g2/second/1"]
    assert place.view(f"toy-{DAY}-g2").release == newer


def test_rerun_is_a_generation_of_its_own(place: Place) -> None:
    """With --from it takes over what the step does not lead to."""
    assert place.call("run", "--date", DAY).code == 0
    assert place.call("rerun", DAY, "--why", "new source").code == 0
    assert place.call("rerun", DAY, "--from", "second").code == 0
    assert place.ledger()[2:] == [f"toy-{DAY}-g2/first/1", f"toy-{DAY}-g2/second/1", f"toy-{DAY}-g3/second/1"]
    opened = place.log(f"toy-{DAY}-g2")[0]
    assert isinstance(opened, events.Opened)
    assert (opened.by, opened.why) == ("ann", "new source")
    status = json.loads(place.call("status", f"toy-{DAY}-g3", "--json").stdout)
    assert status[0]["steps"]["first"]["state"] == "reused"


def test_backfill_runs_each_day_once(place: Place) -> None:
    """Side by side; a day that fails does not keep the others, and what is done stays done."""
    assert place.call("run", "--date", "2018-02-02").code == 0
    (place.folder / "fails-2018-02-03").touch()
    foreseen = place.call("backfill", DAY, "2018-02-04", "--dry-run")
    assert foreseen.stdout.splitlines() == [
        "2018-02-01  to be run",
        "2018-02-02  done by toy-2018-02-02-g1",
        "2018-02-03  to be run",
        "2018-02-04  to be run",
    ]
    filled = place.call("backfill", DAY, "2018-02-04", "--parallel", "3")
    assert filled.code == ExitCode.FAILED
    assert "4 of 4 days" in filled.stderr
    assert place.runs() == [f"toy-2018-02-0{day}-g1" for day in (1, 2, 3, 4)]
    assert len(place.ledger()) == 7
    (place.folder / "fails-2018-02-03").unlink()
    assert place.call("backfill", DAY, "2018-02-04").code == ExitCode.FAILED
    assert len(place.ledger()) == 7
    assert (
        "failed, stays so: nightjar retry toy-2018-02-03-g1"
        in place.call("backfill", DAY, "2018-02-04", "--dry-run").stdout
    )
    assert place.call("retry", "2018-02-03").code == 0


def test_backfill_that_was_stopped_goes_on(place: Place) -> None:
    """SIGTERM leaves what runs to the next one and begins no further day."""
    os.mkfifo(place.folder / "gate-first")
    filling = place.start("backfill", DAY, "2018-02-04", "--parallel", "2")
    place.wait_for("toy-2018-02-02-g1/first/1")
    filling.send_signal(signal.SIGTERM)
    stopped = ended(filling)
    assert stopped.code == ExitCode.AGAIN
    assert "2 days were not begun, from 2018-02-03 on" in stopped.stderr
    (place.folder / "gate-first").rename(place.folder / "opened")
    gate = os.open(place.folder / "opened", os.O_RDWR)
    os.write(gate, b"\n\n")
    assert place.call("backfill", DAY, "2018-02-04").code == 0
    os.close(gate)
    assert sorted(place.ledger()) == sorted(set(place.ledger()))
    assert len(place.ledger()) == 8


def test_missed_days_are_run_before_the_due_one(place: Place) -> None:
    """Up to the limit, and only where nobody names a day."""
    assert place.call("run", "--date", "2024-01-01").code == 0
    assert place.call("run", "--catch-up", "2").code == 0
    days = [RunId.parse(run).logical_date.toordinal() for run in place.runs()[1:]]
    assert [day - days[0] for day in days] == [0, 1, 2]
    order = [attempt.partition("/")[0] for attempt in place.ledger() if "/first/" in attempt]
    assert order == place.runs()


def test_cancel_ends_a_run_that_somebody_drives(place: Place) -> None:
    """From another process: what runs is cancelled, nothing else is started, and a retry does the rest after all."""
    os.mkfifo(place.folder / "gate-first")
    driving = place.start("run", "--date", DAY)
    place.wait_for(f"{RUN}/first/1")
    asked = place.call("cancel", RUN, "--why", "wrong source")
    assert (asked.code, asked.stderr) == (0, f"{RUN} is cancelled.\n")
    driven = ended(driving)
    assert driven.code == ExitCode.FAILED
    assert "is to be cancelled, asked for by ann (wrong source)" in driven.stderr
    assert place.view().outcome == "cancelled"
    again = place.call("run", "--date", DAY)
    assert again.code == ExitCode.FAILED
    assert "ended before and was cancelled by ann" in again.stderr
    (place.folder / "gate-first").unlink()
    assert place.call("retry", RUN).code == 0
    assert place.ledger() == [f"{RUN}/first/1", f"{RUN}/first/2", f"{RUN}/second/1"]
    late = place.call("cancel", RUN)
    assert (late.code, "had ended before (succeeded)" in late.stderr) == (0, True)


def test_cancel_ends_a_run_that_nobody_drives(place: Place) -> None:
    """What its last driver left running is found and cancelled."""
    os.mkfifo(place.folder / "gate-first")
    driving = place.start("run", "--date", DAY)
    place.wait_for(f"{RUN}/first/1")
    driving.send_signal(signal.SIGTERM)
    assert ended(driving).code == ExitCode.AGAIN
    assert place.call("cancel", RUN).code == 0
    view = place.view()
    assert (view.outcome, view.steps["first"].stop) == ("cancelled", events.StopReason.CANCEL)
    assert place.call("cancel", "toy-2018-02-09-g1").code == ExitCode.USAGE


def test_watch_sees_a_run_to_its_end(place: Place) -> None:
    """By its log alone, with the run's own exit code; of a date it waits for what begins."""
    watching = place.start("watch", DAY)
    hear(watching, f"There is no run for {DAY} yet.")
    assert place.call("run", "--date", DAY).code == 0
    watched = ended(watching)
    assert watched.code == 0
    for words in ("opened with 2 steps", "second: succeeded", f"{RUN} has succeeded."):
        assert words in watched.stderr
    assert place.call("watch", RUN).stderr.endswith(f"\n{RUN} has succeeded.\n")
    assert place.call("watch", "toy-2018-02-09-g1").code == ExitCode.USAGE
    (place.folder / "fails-second").touch()
    watching = place.start("watch", DAY)
    hear(watching, "succeeded · 2 of 2 steps done")
    assert place.call("rerun", DAY).code == ExitCode.FAILED
    watched = ended(watching)
    assert watched.code == ExitCode.FAILED
    assert f"nightjar retry toy-{DAY}-g2" in watched.stderr
