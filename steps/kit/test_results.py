from __future__ import annotations

from dataclasses import replace

import pytest

from steps.kit import layout
from steps.kit.builders import RUN, publish
from steps.kit.errors import BadData, Misconfigured, Unavailable
from steps.kit.results import Inputs, find_result
from steps.kit.storage import Storage

SECOND = replace(RUN, generation=2)


@pytest.fixture
def storage() -> Storage:
    """An empty store."""
    return Storage.open("memory:///")


def test_a_result_is_complete_when_all_tasks_have_published(storage: Storage) -> None:
    """Before the last task nothing is to be seen, after it everything, in the order of the tasks."""
    publish(storage, "extract", [{"a": b"1"}, {"a": b"2"}])
    whole = layout.manifest_key(RUN, "extract", task_index=1, task_count=2)
    partly = Storage.open("memory:///")
    partly.create(layout.manifest_key(RUN, "extract", task_index=0, task_count=2), storage.read(whole) or b"")
    assert find_result(partly, RUN, "extract") is None
    result = find_result(storage, RUN, "extract")
    assert result is not None
    assert result.read("a") == [b"1", b"2"]


def test_the_newest_complete_generation_counts(storage: Storage) -> None:
    """A rerun that did not come so far leaves the older result in force; a newer one than one's own is not seen."""
    publish(storage, "validate", [{"a": b"old"}], run=RUN)
    assert Inputs(storage, SECOND).of("validate").read_one("a") == b"old"
    publish(storage, "validate", [{"a": b"new"}], run=SECOND)
    assert Inputs(storage, SECOND).of("validate").read_one("a") == b"new"
    assert Inputs(storage, RUN).of("validate").read_one("a") == b"old"


def test_other_dates_are_not_seen(storage: Storage) -> None:
    """A result belongs to its own logical date."""
    publish(storage, "validate", [{"a": b"1"}])
    other = replace(RUN, logical_date=RUN.logical_date.replace(day=2))
    with pytest.raises(Unavailable, match="step validate has no complete result"):
        Inputs(storage, other).of("validate")


def test_what_was_read_is_remembered(storage: Storage) -> None:
    """A manifest can name the digests of exactly what the step read."""
    publish(storage, "extract", [{"a": b"1"}])
    publish(storage, "validate", [{"a": b"1"}])
    inputs = Inputs(storage, RUN)
    result = inputs.of("validate")
    assert inputs.find("nobody") is None
    assert inputs.digests == {"validate": result.digest}


def test_counts_are_summed_over_tasks(storage: Storage) -> None:
    """Rows of a result are those of all its tasks together."""
    publish(storage, "extract", [{}, {}, {}], rows={"read": 5})
    assert Inputs(storage, RUN).of("extract").rows == {"read": 15}


def test_an_object_that_was_not_published_is_named(storage: Storage) -> None:
    """The message says what there is instead."""
    publish(storage, "extract", [{"events.jsonl": b""}])
    with pytest.raises(Misconfigured, match=r"no 'event\.jsonl', it published events\.jsonl"):
        Inputs(storage, RUN).of("extract").read("event.jsonl")


def test_several_tasks_are_not_read_as_one(storage: Storage) -> None:
    """Who expects one object is not given the first of many."""
    publish(storage, "extract", [{"a": b""}, {"a": b""}])
    with pytest.raises(Misconfigured, match="ran as 2 tasks"):
        Inputs(storage, RUN).of("extract").read_one("a")


def test_a_damaged_manifest_is_reported(storage: Storage) -> None:
    """It is neither skipped nor guessed at."""
    storage.create(layout.manifest_key(RUN, "extract", task_index=0, task_count=1), b"")
    with pytest.raises(BadData, match="is damaged"):
        Inputs(storage, RUN).of("extract")


def test_two_complete_sets_in_one_generation_are_refused(storage: Storage) -> None:
    """With four tasks and with two: nobody can tell which one counts."""
    publish(storage, "extract", [{}, {}])
    publish(storage, "extract", [{}, {}, {}, {}])
    with pytest.raises(Misconfigured, match="complete for"):
        Inputs(storage, RUN).of("extract")


def test_broken_lines_are_reported_with_their_place(storage: Storage) -> None:
    """The step, the object and the line are named."""
    publish(storage, "extract", [{"events.jsonl": b"{}\n{\n"}])
    with pytest.raises(BadData, match=r"events.jsonl of step extract: line 2"):
        Inputs(storage, RUN).of("extract").read_lines("events.jsonl")
