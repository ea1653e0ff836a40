from __future__ import annotations

import io
from collections.abc import Mapping

import pytest

from steps.kit import layout, manifest
from steps.kit.context import Context
from steps.kit.contract import AttemptId, RunId, day_bounds
from steps.kit.errors import BadData, Unavailable
from steps.kit.log import Log
from steps.kit.manifest import Manifest, Object
from steps.kit.outputs import Outputs
from steps.kit.results import Inputs
from steps.kit.storage import Storage
from steps.report.publish import run
from steps.report.sample import DATE, ZONE, Published, event, many, published

RUN = RunId("quakes", DATE, 1)


def context() -> Context[None]:
    start, end = day_bounds(DATE, ZONE)
    return Context(
        attempt=AttemptId(RUN, "report", 1), time_zone=ZONE, start=start, end=end, task_index=0, task_count=1,
        storage_url="memory://", settings=None, public={}, log=Log(stream=io.StringIO(), labels={}),
    )  # fmt: skip


def publish(storage: Storage, step: str, objects: Mapping[str, bytes], **rows: int) -> None:
    """Publish as a step before would."""
    kept = {name: Object(sha256=storage.put_object(data), bytes=len(data)) for name, data in objects.items()}
    result = Manifest(
        step=step, logical_date=DATE, task_index=0, task_count=1, objects=kept, rows=rows, inputs={}
    )  # fmt: skip
    assert storage.create(layout.manifest_key(RUN, step, task_index=0, task_count=1), manifest.encode(result))


def results(inputs: Published) -> Storage:
    """A store with the results of the steps before."""
    storage = Storage.open("memory://")
    publish(storage, "validate", {"events.jsonl": inputs.events, "quarantine.jsonl": inputs.quarantine})
    publish(storage, "load", {}, read=inputs.loaded, loaded=inputs.loaded)
    publish(storage, "aggregate", {"statistics.json": inputs.statistics})
    publish(storage, "detect", {"findings.json": inputs.findings})
    return storage


def report(storage: Storage) -> tuple[bytes, Mapping[str, int], Mapping[str, str]]:
    """The page, the counts and the digests of the inputs of one attempt."""
    inputs, outputs = Inputs(storage, RUN), Outputs(lambda _, data: storage.put_object(data))
    run(context(), inputs, outputs)
    return storage.get_object(outputs.objects["report.html"].sha256), outputs.rows, inputs.digests


def test_the_page_is_published_with_its_counts() -> None:
    """The step publishes report.html and says how many events, quarantined ones and findings it tells of."""
    wrong = {"reason": "bad_time", "detail": "Its time is wrong.", "feature": {}}
    page, rows, digests = report(results(published(many(30), quarantine=[wrong])))
    assert b"The catalogue holds 30 events" in page
    assert rows == {"read": 30, "quarantined": 1, "findings": 0}
    assert set(digests) == {"validate", "load", "aggregate", "detect"}


def test_the_page_names_its_inputs() -> None:
    """Each object stands on the page under its digest; load, which publishes none, under its manifest's."""
    storage = results(published(many(3)))
    page, _, digests = report(storage)
    objects = [
        entry for step in ("validate", "aggregate", "detect") for entry in Inputs(storage, RUN).of(step).manifests
    ]
    expected = {each.sha256 for entry in objects for each in entry.objects.values()} | {digests["load"]}
    assert all(digest.encode() in page for digest in expected)


def test_a_repeated_attempt_publishes_the_same() -> None:
    """Two attempts on the same results make the same bytes."""
    storage = results(published(many(30)))
    assert report(storage) == report(storage)


def test_contradicting_results_are_bad_data() -> None:
    """When load counted other than aggregate there is no page, but an error that names both numbers."""
    inputs = published([event()])
    storage = results(inputs)
    other = Storage.open("memory://")
    for step, name, data in (
        ("aggregate", "statistics.json", inputs.statistics),
        ("detect", "findings.json", inputs.findings),
    ):
        publish(other, step, {name: data})
    publish(other, "validate", {"events.jsonl": inputs.events, "quarantine.jsonl": b""})
    publish(other, "load", {}, loaded=2)
    assert report(storage)
    with pytest.raises(BadData, match=r"statistics\.json\.events: is 1, expected 2, which is what load wrote"):
        report(other)


def test_results_that_are_missing_are_waited_for() -> None:
    """Without detect's result the step asks for another attempt."""
    storage = Storage.open("memory://")
    publish(storage, "validate", {})
    publish(storage, "load", {})
    publish(storage, "aggregate", {})
    with pytest.raises(Unavailable, match="step detect has no complete result"):
        report(storage)
