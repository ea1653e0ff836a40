"""The orchestrator, its supervisors and its steps are killed for real, and whoever comes next goes on."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from orchestrator.core import events
from orchestrator.runners import supervisor
from orchestrator.testing import build
from tests.crash.crash_site import Site, count, eventually

RETRY = build.attempts(3, initial=timedelta(milliseconds=10))


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A step before two that run side by side, and one after them; whatever still runs at the end is killed."""
    made = make(tmp_path)
    yield made
    made.clean()


def make(folder: Path) -> Site:
    """A site of four steps."""
    pipeline = build.pipeline(
        build.step("first", retry=RETRY),
        build.step("left", ["first"], retry=RETRY),
        build.step("right", ["first"], retry=RETRY),
        build.step("last", ["left", "right"], retry=RETRY),
    )
    return Site(folder, pipeline)


def of(site: Site, kind: type[events.AttemptEvent]) -> list[str]:
    """The steps of the log's events of a kind."""
    return [event.attempt.step for event in site.events() if isinstance(event, kind)]


def check_done_once(site: Site) -> None:
    """Every step succeeded, and none ran again after it had."""
    assert sorted(of(site, events.Succeeded)) == ["first", "last", "left", "right"]
    attempts = [line.attempt for line in site.ledger()]
    assert len(attempts) == len(set(attempts))


def dead(pid: int) -> bool:
    """Whether a process has ended."""
    return supervisor.start_ticks(pid) is None


def test_killed_orchestrator_is_continued_by_adoption(site: Site) -> None:
    """After kill -9 of the orchestrator a running step runs on, and the next trigger adopts the same process."""
    site.gate("left")
    first = site.trigger()
    pid = site.ran("left").pid
    first.until("attempt.succeeded", "right")
    first.kill()
    assert not dead(pid)
    second = site.trigger()
    adopted = second.until("attempt.adopted")
    assert adopted["execution"] in {f"process {each}" for each in site.supervisors()}
    assert site.ran("left").pid == pid
    site.open_gate("left")
    assert second.code() == 0
    assert count(site.ledger()) == {"first": 1, "left": 1, "right": 1, "last": 1}
    check_done_once(site)


def test_step_that_ended_while_nobody_watched_is_not_repeated(site: Site) -> None:
    """A step that ends between the orchestrator's death and the next trigger counts by its recorded status."""
    site.gate("left")
    first = site.trigger()
    site.ran("left")
    first.until("attempt.succeeded", "right")
    first.kill()
    site.open_gate("left")
    eventually(lambda: True if not site.supervisors() else None)
    assert site.trigger().code() == 0
    assert count(site.ledger()) == {"first": 1, "left": 1, "right": 1, "last": 1}
    check_done_once(site)


def test_killed_everything_is_continued_by_another_attempt(site: Site) -> None:
    """After kill -9 of orchestrator, supervisors and steps the lost step is tried again, finished ones are not."""
    site.gate("left")
    first = site.trigger()
    lost = site.ran("left")
    first.until("attempt.succeeded", "right")
    first.kill()
    for pid in site.supervisors():
        os.kill(pid, signal.SIGKILL)
    eventually(lambda: dead(lost.pid) or None)
    second = site.trigger()
    second.until("attempt.lost", "left")
    site.ran("left", times=2)
    site.open_gate("left")
    assert second.code() == 0
    assert count(site.ledger()) == {"first": 1, "left": 2, "right": 1, "last": 1}
    check_done_once(site)


def test_killed_supervisor_takes_its_step_with_it(site: Site) -> None:
    """When a supervisor is killed under a living orchestrator, the step dies with it before its retry begins."""
    site.gate("left")
    driver = site.trigger()
    lost = site.ran("left")
    driver.until("attempt.started", "right")
    (victim,) = [pid for pid in site.supervisors() if _parent(lost.pid) == pid]
    os.kill(victim, signal.SIGKILL)
    driver.until("attempt.lost", "left")
    assert dead(lost.pid)
    assert site.ran("left", times=2).attempt.endswith("/left/2")
    site.open_gate("left")
    assert driver.code() == 0
    check_done_once(site)


def test_second_trigger_leaves_when_the_driver_lives(site: Site) -> None:
    """A second trigger exits 0 once it has seen the driver's heartbeat advance, and says who drives."""
    site.gate("first")
    driver = site.trigger()
    site.ran("first")
    second = site.trigger()
    assert second.code() == 0
    assert f"/{driver.process.pid} since " in second.said()
    assert "heartbeat advances" in second.said()
    site.open_gate("first")
    assert driver.code() == 0
    check_done_once(site)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_stop_leaves_executions_running(site: Site, number: signal.Signals) -> None:
    """SIGTERM or Ctrl-C ends with 75 within 8 s, starts nothing more, and the next trigger goes on at once."""
    site.gate("left", "right")
    driver = site.trigger()
    pids = [site.ran(step).pid for step in ("left", "right")]
    driver.until("attempt.started", "right")
    asked = time.monotonic()
    driver.send(number)
    assert driver.code() == 75
    assert time.monotonic() - asked < 8
    assert f"stopped by {number.name}, 2 executions run on" in driver.said()
    assert not any(dead(pid) for pid in pids)
    second = site.trigger()
    site.open_gate("left")
    site.open_gate("right")
    assert second.code() == 0
    assert "waiting up to" not in second.said(), "the lease was given back, so nobody has to wait for it to run out"
    check_done_once(site)


def test_frozen_driver_writes_nothing_when_it_thaws(site: Site) -> None:
    """A driver that was stopped past its lease finds that another took over, appends nothing, and exits 0."""
    site.gate("left")
    frozen = site.trigger()
    frozen.until("attempt.succeeded", "right")
    frozen.send(signal.SIGSTOP)
    second = site.trigger()
    second.until("attempt.adopted", "left")
    length = len(site.events())
    frozen.send(signal.SIGCONT)
    assert frozen.code() == 0
    assert f"/{second.process.pid} since " in frozen.said()
    assert len(site.events()) == length
    site.open_gate("left")
    assert second.code() == 0
    assert count(site.ledger()) == {"first": 1, "left": 1, "right": 1, "last": 1}


def test_run_goes_on_when_nobody_listens(site: Site) -> None:
    """A standard error that was closed, as by a terminal that is gone, stops nothing."""
    site.gate("first")
    driver = site.trigger()
    site.ran("first")
    driver.deafen()
    site.open_gate("first")
    assert driver.process.wait(60) == 0
    check_done_once(site)


def test_failed_run_is_reopened_by_retry(site: Site) -> None:
    """A failed run stays failed for `run`; `retry` does again what failed and what was skipped, no more."""
    site.gate("left")
    driver = site.trigger()
    site.open_gate("left", code=65)
    assert driver.code() == 1
    assert "Step left failed: attempt 1 exited with 65 (bad data)" in driver.said()
    assert "| leaving with 65" in driver.said()
    again = site.trigger()
    assert again.code() == 1
    assert "nightjar retry" in again.said()
    assert count(site.ledger()) == {"first": 1, "left": 1, "right": 1}
    retry = site.retry()
    site.open_gate("left")
    assert retry.code() == 0
    assert count(site.ledger()) == {"first": 1, "left": 2, "right": 1, "last": 1}


def _parent(pid: int) -> int:
    stat = Path(f"/proc/{pid}/stat").read_text(encoding="ascii")
    return int(stat.rsplit(")", 1)[1].split()[1])
