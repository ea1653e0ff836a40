from __future__ import annotations

import datetime as dt
import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.kit import manifest
from steps.kit.manifest import Manifest, Object

digests = st.from_regex(r"[0-9a-f]{64}", fullmatch=True)
counts = st.integers(0, 10**12)
objects = st.builds(
    Object, sha256=digests, bytes=counts, rows=st.none() | counts, schema=st.none() | st.text(min_size=1)
)
manifests = st.builds(
    Manifest,
    step=st.text(min_size=1),
    logical_date=st.dates(),
    task_index=counts,
    task_count=counts,
    objects=st.dictionaries(st.text(), objects, max_size=3),
    rows=st.dictionaries(st.text(), counts, max_size=3),
    inputs=st.dictionaries(st.text(), digests, max_size=3),
)


@given(manifests)
def test_a_manifest_is_read_back_as_it_was_written(value: Manifest) -> None:
    """Encoding loses nothing, and encoding again gives the same bytes."""
    data = manifest.encode(value)
    assert manifest.decode(data) == value
    assert manifest.encode(manifest.decode(data)) == data


def test_published_bytes_stay() -> None:
    """The format is fixed to the byte; readers of old manifests rely on it."""
    value = Manifest(
        step="extract",
        logical_date=dt.date(2018, 2, 1),
        task_index=0,
        task_count=4,
        objects={"events.jsonl": Object(sha256="0" * 64, bytes=7, rows=2)},
        rows={"read": 2},
        inputs={},
    )
    assert manifest.encode(value) == (
        b'{"format":1,"inputs":{},"logical_date":"2018-02-01","objects":{"events.jsonl":{"bytes":7,"rows":2,"sha256":"'
        + b"0" * 64
        + b'"}},"rows":{"read":2},"step":"extract","task_count":4,"task_index":0}\n'
    )


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"format": 2}, "format 2"),
        ({"rows": {"read": -1}}, "rows.read"),
        ({"rows": {"read": True}}, "rows.read"),
        ({"rows": []}, "rows must be"),
        ({"inputs": {"extract": "abc"}}, "inputs.extract"),
        ({"objects": {"a": {"sha256": "0" * 64, "bytes": 1, "more": 1}}}, "objects.a has the unknown keys"),
        ({"objects": {"a": {"sha256": "0" * 64}}}, "objects.a.bytes"),
        ({"logical_date": "yesterday"}, "yesterday"),
        ({"clock": "now"}, "keys"),
    ],
)
def test_what_is_not_of_the_format_is_refused(change: dict[str, Any], problem: str) -> None:
    """A reader says what is wrong and where, and guesses nothing."""
    sound: dict[str, Any] = {
        "format": 1, "step": "a", "logical_date": "2018-02-01", "task_index": 0, "task_count": 1, "objects": {},
        "rows": {}, "inputs": {},
    }  # fmt: skip
    assert manifest.decode(json.dumps(sound).encode()).step == "a"
    with pytest.raises(ValueError, match=problem):
        manifest.decode(json.dumps(sound | change).encode())
