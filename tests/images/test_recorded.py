from __future__ import annotations

import json
import os
import pathlib

import pytest

from tools.images import record
from tools.images.layout import Image

_ON_PURPOSE = "If that was meant: ./bazelw run //images:record"
_SHARE = 0.02


@pytest.fixture
def recorded() -> record.Record:
    """What was recorded of this image."""
    if json.loads(pathlib.Path(os.environ["IMAGE_DRIFT"]).read_text()):
        pytest.skip("not compared: Debian packages here differ from tools/debian/debian.lock (@debian//:drift.json)")
    path = record.place(pathlib.Path(os.environ["IMAGE"]))
    assert path.exists(), f"there is no {path}. ./bazelw run //images:record"
    return record.read(path)


def test_size(image: Image, recorded: record.Record) -> None:
    """No image grows or shrinks by more than 2 % unnoticed."""
    before = sum(layer.size for layer in recorded.layers)
    change = image.size / before - 1
    assert abs(change) <= _SHARE, f"{before} bytes became {image.size}, {change:+.1%}. {_ON_PURPOSE}"


def test_digest(image: Image, recorded: record.Record) -> None:
    """Not one byte changes unnoticed; the message says in which layer it did."""
    now = record.of(image)
    before = {layer.label: layer.digest for layer in recorded.layers}
    changed = [layer.label for layer in now.layers if before.get(layer.label) != layer.digest]
    gone = sorted(before.keys() - {layer.label for layer in now.layers})
    assert now.digest == recorded.digest, f"changed layers: {changed}, gone: {gone}. {_ON_PURPOSE}"
