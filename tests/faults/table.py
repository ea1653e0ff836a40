"""docs/faults.md: what becomes of a run when a call fails, from the results of the cases. Pure."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from tests.faults.cases import CALLS, CASES, FAILURES, Case, Side
from tests.faults.drive import Course, Result

_HEAD = """\
# Faults

What becomes of a day when a call of Cloud Run fails once, by method and by how it fails.
`./bazelw run //tests/faults` writes this page from what really happened, and a test compares.

Each row stands for runs of their own: the real engine, runner and client over gRPC against the emulator, a step that \
really ran, and a call that failed before it had done anything, or when it had done all.
"Again" is a later look at an execution that was seen before.
In every row the run came to its right end, and no attempt was executed twice.

- **goes on**: nobody notices; the call was made again, or what it had done was found.
- **counts as an attempt**: the step is tried again, as after any failed attempt.
- **told before anything starts**: `nightjar run` names the problem and ends with 78; when that is mended the same \
command goes on.
- **left to the next driver**: the orchestrator ends with 75 and Cloud Run starts it again; what runs is adopted.

| call | fails with | before its effect | after its effect |
|---|---|---|---|
"""


def render(results: Mapping[Case, Result]) -> str:
    """The page."""
    return _HEAD + "".join(f"{line}\n" for line in _rows(results))


def _rows(results: Mapping[Case, Result]) -> Iterator[str]:
    """A row for each call and each pair of courses, with the failures that lead to it."""
    courses = {(case.call, case.failure, case.side): results[case].course for case in CASES}
    for call in CALLS:
        rows: dict[tuple[Course, Course], list[str]] = {}
        for failure in FAILURES:
            both = (courses[call, failure, Side.BEFORE], courses[call, failure, Side.AFTER])
            rows.setdefault(both, []).append(failure)
        for (before, after), failures in rows.items():
            yield f"| {call} | {', '.join(failures)} | {before} | {after} |"
