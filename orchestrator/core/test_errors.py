from __future__ import annotations

from orchestrator.core.errors import ConfigurationError, Conflict
from orchestrator.testing.build import RUN


def test_a_conflict_says_where_the_log_stands() -> None:
    """Which run, both lengths of its log, and what that means."""
    conflict = Conflict.at(RUN, expected=3, actual=5)
    assert str(conflict) == f"{RUN}: the log stands at 5, not at 3: another orchestrator writes to it"


def test_a_configuration_error_prints_every_problem() -> None:
    """One a line, in the order in which they were found, and as values for those who ask."""
    found = ConfigurationError(problem for problem in ("A is wrong.", "B is missing."))
    assert (str(found), found.problems) == ("A is wrong.\nB is missing.", ("A is wrong.", "B is missing."))
