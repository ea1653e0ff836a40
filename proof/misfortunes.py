"""What goes wrong while a proof runs: every kind of fault for every method that the runner calls, with equal shares.

Each kind has a share of its own, so large that of a method's calls as many as was asked for are hit by at least one.
What Cloud Run never does is left out: it does not forget an execution that it has told of, and it refuses no driver
what it granted at the start of the run. Pure.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tests.faults.cases import METHODS

_RUN_JOB: Final = "Jobs.RunJob"
_REFUSABLE: Final = (_RUN_JOB, "Executions.GetExecution", "Executions.ListExecutions", "Tasks.ListTasks")
_ERRORS: Final = (
    ("UNAVAILABLE", "before"),
    ("UNAVAILABLE", "after"),
    ("INTERNAL", "before"),
    ("INTERNAL", "after"),
    ("DEADLINE_EXCEEDED", "after"),
    ("UNKNOWN", "after"),
    ("ABORTED", "before"),
    ("RESOURCE_EXHAUSTED", "before"),
)
_EVERYWHERE: Final[Mapping[str, Mapping[str, Any]]] = {
    **{f"{code} {when}": {"kind": "error", "code": code, "when": when} for code, when in _ERRORS},
    "cut before": {"kind": "cut", "when": "before"},
    "cut after": {"kind": "cut", "when": "after"},
    "latency": {"kind": "latency", "seconds": 1.0},
}
_REFUSED: Final[Mapping[str, Mapping[str, Any]]] = {
    "PERMISSION_DENIED before": {"kind": "error", "code": "PERMISSION_DENIED", "when": "before"},
}
_OF_STARTS: Final[Mapping[str, Mapping[str, Any]]] = {
    "late": {"kind": "late", "seconds": 1.0},
    "duplicate": {"kind": "duplicate"},
}


@dataclass(frozen=True, slots=True)
class Misfortune:
    """A fault as the emulator is told of it, and as people are."""

    method: str
    name: str
    fault: Mapping[str, Any]


def misfortunes(share: float, *, starts_a_minute: int) -> tuple[Misfortune, ...]:
    """All of them; `share` of each method's calls are hit, and starts beyond a quota besides."""
    quota = {"kind": "quota", "method": _RUN_JOB, "per_minute": starts_a_minute}
    return (*(each for method in METHODS for each in _of(method, share)), Misfortune(_RUN_JOB, "quota", quota))


def rows(suffered: Sequence[Misfortune], hit: Sequence[int]) -> Iterator[tuple[str, ...]]:
    """A row for each kind of fault: how often it hit which method; empty where the two do not meet."""
    counts = {(each.name, each.method): times for each, times in zip(suffered, hit, strict=True)}
    for name in dict.fromkeys(each.name for each in suffered):
        yield (name, *(str(counts.get((name, method), "")) for method in METHODS))


def shares(suffered: Sequence[Misfortune], met: Sequence[int], hit: Sequence[int]) -> str:
    """In a line: how many calls there were, and how often a fault hit one."""
    calls = Counter[str]()
    for each, times in zip(suffered, met, strict=True):
        calls[each.method] = max(calls[each.method], times)
    return f"{calls.total():,} calls, {sum(hit):,} faults"


def _of(method: str, share: float) -> Iterator[Misfortune]:
    """The faults that a method has to fear, each drawn by itself."""
    kinds = {
        **_EVERYWHERE,
        **(_REFUSED if method in _REFUSABLE else {}),
        **(_OF_STARTS if method == _RUN_JOB else {}),
    }
    of_one = round(1 - (1 - share) ** (1 / len(kinds)), 9)
    for name, fault in kinds.items():
        yield Misfortune(method, name, {**fault, "method": method, "share": of_one})
