"""The short form of `//proof:faults`."""

from __future__ import annotations

import pytest

from proof import faults


def test_every_execution_comes_to_its_outcome(capsys: pytest.CaptureFixture[str]) -> None:
    """A fifth of all calls fails; no attempt is claimed twice, and every run ends as it should."""
    code = faults.main(["--executions", "40", "--seed", "7"])
    printed = capsys.readouterr()
    assert code == 0, printed.out
    assert "VIOLATION" not in printed.out
    assert "attempts failed: cancelled" in printed.out
