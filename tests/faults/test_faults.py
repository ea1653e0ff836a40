from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.faults import drive, table
from tests.faults.cases import CASES, Case
from tests.faults.drive import Result

PAGE = Path(os.environ.get("FAULTS_PAGE", "docs/faults.md"))


@pytest.fixture(scope="session")
def results(tmp_path_factory: pytest.TempPathFactory) -> Mapping[Case, Result]:
    """Every case, driven once."""
    return drive.results(tmp_path_factory.mktemp("faults"))


@pytest.mark.parametrize("case", CASES, ids=str)
def test_run_comes_to_its_right_end(results: Mapping[Case, Result], case: Case) -> None:
    """Whatever call failed: the right end, and one execution and one claim an attempt."""
    result = results[case]
    assert drive.expected_end(case) == result.ended
    assert (result.executions, result.claims) == (1, 1)


def test_page_says_what_happens(results: Mapping[Case, Result]) -> None:
    """`./bazelw run //tests/faults` writes it anew."""
    assert table.render(results) == PAGE.read_text(encoding="utf-8")
