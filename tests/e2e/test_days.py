"""The four recorded days, run by `//deploy:local` as a person would."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
import zoneinfo
from collections import Counter

import pytest

from tests.e2e.machine import Machine

DAYS = ("2018-01-31", "2018-02-01", "2018-02-02", "2018-02-03")
STEPS = 6


@pytest.fixture(scope="module")
def machine(tmp_path_factory: pytest.TempPathFactory) -> Machine:
    """One machine on which the days are run one after the other."""
    return Machine(tmp_path_factory.mktemp("machine"))


@pytest.fixture(scope="module")
def recorded() -> Counter[str]:
    """Events by local day, counted from the recorded file alone."""
    catalogue = json.loads(pathlib.Path("tests/data/usgs-2018-02.geojson").read_bytes())
    zone = zoneinfo.ZoneInfo("America/New_York")
    times = (feature["properties"]["time"] / 1000 for feature in catalogue["features"])
    return Counter(dt.datetime.fromtimestamp(time, zone).date().isoformat() for time in times)


def test_every_event_of_each_day_is_loaded_once(machine: Machine, recorded: Counter[str]) -> None:
    """Events in = loaded + set aside, the page says the same, and a second run of a day changes nothing."""
    for day in DAYS:
        first = machine.run("--date", day)
        assert first.code == 0, first.stderr
        assert first.stdout.count("succeeded") == STEPS + 1
        page = (machine.folder / "output" / day / "report.html").read_text()
        assert f'data-count="{recorded[day]}"' in page
    manifests = machine.manifests()

    for day in DAYS:
        second = machine.run("--date", day)
        assert second.code == 0
        assert "done already" in second.stderr
    assert machine.manifests() == manifests

    with machine.database() as connection:
        rows = connection.execute("SELECT logical_date, count(*), count(DISTINCT id) FROM quakes.events GROUP BY 1")
        loaded = {str(day): (count, distinct) for day, count, distinct in rows}
    assert loaded == {day: (recorded[day], recorded[day]) for day in DAYS}


def test_a_day_done_again_from_nothing_publishes_the_same_bytes(machine: Machine, tmp_path: pathlib.Path) -> None:
    """The first day on another machine gives the same manifests, without images and then, forgotten, from them."""
    same = {key: digest for key, digest in machine.manifests().items() if DAYS[0] in key}
    without = Machine(tmp_path / "other", runner="process").run("--date", DAYS[0])
    other = Machine(tmp_path / "other")
    assert (without.code, other.manifests()) == (0, same)
    again = other.run("--date", DAYS[0], "--fresh")
    assert "extract: started" in again.stderr
    assert (again.code, other.manifests()) == (0, same)


def test_steps_run_from_their_images_unless_told_otherwise(machine: Machine) -> None:
    """Every attempt of the days above ran from an image that is there."""
    images = json.loads((machine.folder / "release.json").read_text())["images"]
    assert len(images) == STEPS
    for image in images.values():
        assert image["ref"].startswith("layout:")
        assert (machine.folder / "images" / image["digest"].removeprefix("sha256:") / "root").is_dir()
