"""The short form of `//proof:kill`: a few real days, killed at random, at the two stores of teams."""

from __future__ import annotations

import pytest

from proof import kill

TIMES = 2


@pytest.mark.parametrize("store", ["postgresql", "object"])
def test_days_killed_at_random_are_as_if_nobody_had(store: str, capsys: pytest.CaptureFixture[str]) -> None:
    """No finished step ran again, and the results are those of undisturbed runs."""
    code = kill.main(["--each", "--times", str(TIMES), "--store", store, "--seed", "7"])
    printed = capsys.readouterr()
    assert code == 0, printed.err
    assert f"complete runs {TIMES} " in " ".join(printed.out.split())
