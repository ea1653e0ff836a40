from __future__ import annotations

import dataclasses
import pathlib
from concurrent.futures import ThreadPoolExecutor

import pytest

from deploy.errors import NotReady, Passing, WrongInput
from deploy.history import History
from orchestrator.core import release, spec
from orchestrator.core.model import Image, Release

DIGEST = f"sha256:{'a' * 64}"
IMAGE = Image(ref=f"r.example/i@{DIGEST}", digest=DIGEST, command=())
RELEASE = Release(
    revision="one",
    dirty=False,
    locks={},
    pipeline=spec.resolve("name: a\nschedule: {cron: '1 0 * * *', time_zone: UTC}\nsteps: {b: {}}\n"),
    images={"b": IMAGE},
    orchestrator=IMAGE,
)


def text(revision: str) -> str:
    """A release of this revision."""
    return release.dumps(dataclasses.replace(RELEASE, revision=revision))


@pytest.fixture
def history(tmp_path: pathlib.Path) -> History:
    """One that is empty."""
    return History(tmp_path.as_uri(), "dev")


def test_releases_stand_in_the_order_in_which_they_were_applied(history: History, tmp_path: pathlib.Path) -> None:
    """Each as it was, with its jobs; another environment has its own."""
    for revision in ("one", "two", "one"):
        history.add(text(revision), {"job": {"image": revision}})
    assert [(each.number, each.release.revision) for each in history.newest_first()] == [
        (3, "one"),
        (2, "two"),
        (1, "one"),
    ]
    newest = history.newest()
    assert newest is not None
    assert (newest.text, newest.jobs) == (text("one"), {"job": {"image": "one"}})
    assert History(tmp_path.as_uri(), "prod").newest() is None


def test_the_one_before_is_the_newest_other_one(history: History) -> None:
    """The same release applied twice is no step back."""
    for revision in ("one", "two", "two"):
        history.add(text(revision), {})
    assert history.earlier(None).release.revision == "one"
    assert history.earlier("one").number == 1


def test_a_release_that_is_not_there_is_told_with_those_that_are(history: History) -> None:
    """And a history with none or one says so."""
    with pytest.raises(NotReady, match="nothing was applied yet"):
        history.earlier(None)
    history.add(text("one"), {})
    with pytest.raises(NotReady, match="none but the deployed one"):
        history.earlier(None)
    history.add(text("two"), {})
    with pytest.raises(NotReady, match=r"none of 'three'.* It has one"):
        history.earlier("three")


def test_those_who_write_at_once_get_a_number_each(history: History) -> None:
    """None of them overwrites another's."""
    with ThreadPoolExecutor(4) as pool:
        numbers = list(pool.map(lambda each: history.add(text(f"r{each}"), {}), range(12)))
    assert sorted(numbers) == list(range(1, 13))
    assert {each.release.revision for each in history.newest_first()} == {f"r{each}" for each in range(12)}


def test_a_damaged_entry_and_a_place_that_is_none_are_told(history: History, tmp_path: pathlib.Path) -> None:
    """By their names."""
    history.add(text("one"), {})
    (tmp_path / "dev" / "000001.json").write_text("{}")
    with pytest.raises(WrongInput, match=r"000001\.json is damaged"):
        history.newest()
    (tmp_path / "file").touch()
    with pytest.raises(Passing):
        History((tmp_path / "file" / "x").as_uri(), "dev").newest()
