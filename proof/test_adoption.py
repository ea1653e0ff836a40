"""The short form of `//proof:adoption`."""

from __future__ import annotations

import pytest

from proof import adoption


def test_everything_that_runs_is_adopted(capsys: pytest.CaptureFixture[str]) -> None:
    """After a kill all twelve executions are, none is executed again, and the run succeeds; how fast, a proof says."""
    code = adoption.main(["--times", "1", "--within", "600"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert "executions adopted 12 of 12" in " ".join(printed.out.split())
