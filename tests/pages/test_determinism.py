"""The same inputs make the same bytes, wherever and whenever."""

from __future__ import annotations

import hashlib
import os
import subprocess
import sys

import pytest

from steps.report.report import compose
from tests.pages.days import cases

PROGRAM = """
import hashlib
from steps.report.report import compose
from tests.pages.days import cases
for name, day in sorted(cases().items()):
    print(name, hashlib.sha256(compose(day.read()).encode()).hexdigest())
"""


@pytest.mark.parametrize(
    "environment",
    [
        {"PYTHONHASHSEED": "1", "TZ": "Asia/Kolkata"},
        {"PYTHONHASHSEED": "2", "TZ": "UTC", "LC_ALL": "C", "PYTHONUTF8": "0"},
    ],
    ids=["elsewhere", "plain"],
)
def test_another_process_makes_the_same_pages(environment: dict[str, str]) -> None:
    """Neither the order of hashes, nor the zone or language of the machine, nor the time of day is in a page."""
    expected = [
        f"{name} {hashlib.sha256(compose(day.read()).encode()).hexdigest()}" for name, day in sorted(cases().items())
    ]
    path = os.pathsep.join(path for path in sys.path if path)
    result = subprocess.run(
        [sys.executable, "-c", PROGRAM],
        capture_output=True,
        text=True,
        check=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": path, **environment},
    )
    assert expected == result.stdout.splitlines()
