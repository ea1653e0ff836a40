"""From a case that breaks something to the smallest that still does: one thing after another is left out.

Whatever is left out, the rest stays what it was, because every fault names the call that it meets.
"""

from __future__ import annotations

import re

from tests.simulation.cases import Case
from tests.simulation.simulation import Result, simulate
from tests.simulation.turns import Crew


def shrink(result: Result, crew: Crew) -> Result:
    """A result of the same kind whose case cannot go without any of its things."""
    smaller: Result | None = result
    while smaller is not None:
        result = smaller
        smaller = _smaller(result, crew)
    return result


def _smaller(result: Result, crew: Crew) -> Result | None:
    for case in _simpler(result.case):
        tried = simulate(case, crew)
        if tried.problem and _gist(tried.problem) == _gist(result.problem):
            return tried
    return None


def _simpler(case: Case) -> list[Case]:
    return list(case.without())


def _gist(problem: str) -> str:
    """A problem without the names of what it befell."""
    return re.sub(r"toy-\S+|\b[a-h]\b|[dwc]?\d+(\.\d+)?", "#", problem)
