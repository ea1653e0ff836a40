"""Several drivers of one day at each store: many that come at once, and one that is frozen while another takes over."""

from __future__ import annotations

import signal
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest

from orchestrator.testing import build
from tests.crash.crash_site import Driver, Site, count, eventually, is_stopped, only_one_left
from tests.crash.places import KINDS, NewStore, stores

TRIGGERS = 20
LEASE = 5.0
"""Seconds: long enough for a living driver on a busy machine to beat in time."""


@pytest.fixture(scope="module", params=KINDS)
def new_store(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[NewStore]:
    """Each kind of store in turn."""
    with ExitStack() as stack:
        yield stack.enter_context(stores(request.param, tmp_path_factory.mktemp("server")))


@pytest.fixture
def site(new_store: NewStore, tmp_path: Path) -> Iterator[Site]:
    """A step before two that run side by side, and one after them."""
    pipeline = build.pipeline(
        build.step("first"),
        build.step("left", ["first"]),
        build.step("right", ["first"]),
        build.step("last", ["left", "right"]),
    )
    made = Site(tmp_path, pipeline, store=new_store(tmp_path))
    yield made
    made.clean()


def check_done_once(site: Site) -> None:
    """Each step ran once, by one attempt."""
    assert count(site.ledger()) == {"first": 1, "left": 1, "right": 1, "last": 1}


def check_overtaken(site: Site, frozen: Driver, second: Driver) -> None:
    """The frozen driver, thawed, adds nothing to the log, says who drives now, and exits 0."""
    length = len(site.events())
    frozen.send(signal.SIGCONT)
    assert frozen.code() == 0
    assert f"/{second.process.pid} since " in frozen.said()
    assert len(site.events()) == length


def test_many_triggers_at_once_make_one_run(site: Site) -> None:
    """Triggers that come together open one run, one drives it, and all of them exit 0 and say who does."""
    site.gate("last")
    drivers = [site.trigger() for _ in range(TRIGGERS)]
    living = eventually(lambda: only_one_left(drivers))
    site.open_gate("last")
    assert [driver.code() for driver in drivers] == [0] * TRIGGERS
    assert all(f"/{living.process.pid} since " in driver.said() for driver in drivers)
    check_done_once(site)


def test_driver_frozen_while_it_waits_is_overtaken(site: Site) -> None:
    """Frozen past its lease while a step runs: another adopts the step, which is not done a second time."""
    site.gate("left")
    frozen = site.drive(lease=LEASE)
    frozen.until("attempt.succeeded", "right")
    frozen.send(signal.SIGSTOP)
    second = site.drive(lease=LEASE)
    second.until("attempt.adopted", "left")
    check_overtaken(site, frozen, second)
    site.open_gate("left")
    assert second.code() == 0
    check_done_once(site)


def test_driver_frozen_between_intent_and_start_is_overtaken(site: Site) -> None:
    """Frozen when it had written what it will start: another starts it, and the thawed one does not."""
    site.gate("left")
    frozen = site.drive(lease=LEASE, at="SIGSTOP after attempt.intended left/1")
    eventually(lambda: is_stopped(frozen.process.pid) or None)
    second = site.drive(lease=LEASE)
    second.until("attempt.succeeded", "right")
    check_overtaken(site, frozen, second)
    site.open_gate("left")
    assert second.code() == 0
    check_done_once(site)
