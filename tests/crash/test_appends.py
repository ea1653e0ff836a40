"""The driver is killed right before and right after every append of a run; BUILD names the store and the sides."""

from __future__ import annotations

import os
import signal
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import pytest

from tests.crash import appends
from tests.crash.appends import Told
from tests.crash.crash_site import Site
from tests.crash.places import stores

UNDISTURBED, STORIES = appends.loads(appends.GOLDEN.read_text(encoding="utf-8"))
MOMENTS = list(appends.moments(STORIES, os.environ["SIDES"]))
SIDE_BY_SIDE = 4


@dataclass(frozen=True, slots=True)
class Runs:
    """The run that nobody disturbed, and the killed ones, which go on while tests look at the first."""

    reference: Told
    killed: Mapping[str, Future[Told]]


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Runs]:
    """A run for each moment, a few at a time: most of a death is waiting for the lease."""
    kind = os.environ["STORE"]
    with stores(kind, tmp_path_factory.mktemp("server")) as new_store:
        sites: list[Site] = []

        def site(folder: Path) -> Site:
            sites.append(Site(folder, appends.pipeline(), store=new_store(folder)))
            return sites[-1]

        folder = tmp_path_factory.mktemp("runs")
        reference = appends.undisturbed(site(folder / "undisturbed"))
        places = [(moment, site(folder / str(number))) for number, moment in enumerate(MOMENTS)]
        with ThreadPoolExecutor(SIDE_BY_SIDE) as pool:
            yield Runs(reference, {moment: pool.submit(appends.killed, place, moment) for moment, place in places})
            pool.shutdown(cancel_futures=True)
        for each in sites:
            each.clean()


def test_undisturbed_run_is_told_as_ever(runs: Runs) -> None:
    """The run that nobody kills is the one of the golden file, whose moments are about it."""
    assert runs.reference.names() == UNDISTURBED
    assert runs.reference.first == appends.FAILED


@pytest.mark.parametrize("moment", MOMENTS)
def test_killed_there_the_run_goes_on(runs: Runs, moment: str) -> None:
    """The driver died of it; another did no work again and brought the run to the same end, by the golden story."""
    told = runs.killed[moment].result()
    assert told.first == -signal.SIGKILL
    assert appends.violations(told, runs.reference) == []
    assert appends.story(told, runs.reference) == STORIES[moment]
