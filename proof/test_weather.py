from __future__ import annotations

from collections.abc import Sequence

import pytest

from orchestrator.core import events
from orchestrator.core.events import Event, Failure, FailureKind, Outcome
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN
from proof.misfortunes import misfortunes, rows, shares
from proof.storm import BAD, ENDLESS, Day, Storm
from proof.weather import outcomes, violations
from tests.faults.cases import METHODS

PIPELINE = build.pipeline(step(ENDLESS), step(BAD), step("good"))
CLAIMED = {str(attempt(name)): 1 for name in PIPELINE.steps}


def began(name: str) -> list[Event]:
    started = events.Started(at=BEGIN, attempt=attempt(name), execution=name, log="")
    return [events.Intended(at=BEGIN, attempt=attempt(name), digest="sha256:" + "0" * 64), started]


def failed(name: str, kind: FailureKind, code: int | None = None) -> list[Event]:
    failure = Failure(kind=kind, message="", code=code)
    return [
        events.Failed(at=BEGIN, ended=BEGIN, attempt=attempt(name), failure=failure),
        events.Exhausted(at=BEGIN, step=name, reason=""),
    ]


FINE: Sequence[Event] = [
    *began(ENDLESS),
    *began(BAD),
    *began("good"),
    *failed(BAD, FailureKind.EXIT_CODE, 65),
    events.Succeeded(at=BEGIN, ended=BEGIN, attempt=attempt("good")),
    events.CancelRequested(at=BEGIN, by="one", why=""),
    events.StopOrdered(at=BEGIN, attempt=attempt(ENDLESS), reason=events.StopReason.CANCEL),
    *failed(ENDLESS, FailureKind.CANCELLED),
    events.Finished(at=BEGIN, outcome=Outcome.CANCELLED),
]


def storm(log: Sequence[Event] = FINE, claimed: dict[str, int] | None = None) -> Storm:
    day = Day(run=RUN, log=build.log(PIPELINE, *log), left=())
    return Storm(days=[day], claimed=CLAIMED if claimed is None else claimed, found={})


def test_right_ends_violate_nothing() -> None:
    """One end an attempt, one claim, and the ends of steps that are meant."""
    assert list(violations(storm())) == []
    assert outcomes(storm()) == {"succeeded": 1, "failed: exit_code": 1, "failed: cancelled": 1}


@pytest.mark.parametrize(
    ("claimed", "told"),
    [
        ({**CLAIMED, str(attempt("good")): 2}, f"{attempt('good')}: it was claimed 2 times"),
        ({**CLAIMED, str(attempt("good", 2)): 1}, f"{attempt('good', 2)}: it ran and is not in the log"),
        (
            {str(attempt(name)): 1 for name in (BAD, ENDLESS)},
            f"{attempt('good')}: the log says that it ran, the ledger does not",
        ),
    ],
)
def test_ledger_that_differs_from_the_log_is_told(claimed: dict[str, int], told: str) -> None:
    """Claimed twice, claimed behind the log's back, not claimed at all."""
    assert list(violations(storm(claimed=claimed))) == [told]


def test_day_that_did_not_end_is_told() -> None:
    """With the attempts and the steps that have no end."""
    assert list(violations(storm(FINE[:-3]))) == [
        f"{RUN}: it is driven with None; its last driver left with ()",
        f"{RUN}/{ENDLESS}: it is stopping with None",
        f"{attempt(ENDLESS)}: its log has 0 ends",
    ]


def test_shares_add_up_for_each_method() -> None:
    """One call in five is hit by at least one of the kinds that a method has to fear."""
    suffered = misfortunes(0.2, starts_a_minute=60)
    for method in METHODS:
        spared = 1.0
        for each in suffered:
            spared *= 1 - each.fault.get("share", 0) if each.method == method else 1
        assert spared == pytest.approx(0.8)


def test_table_has_a_cell_where_fault_and_method_meet() -> None:
    """With how often, and nothing where they never do."""
    suffered = misfortunes(0.2, starts_a_minute=60)
    hit = list(range(len(suffered)))
    table = {name: cells for name, *cells in rows(suffered, hit)}
    assert table["UNAVAILABLE before"][0] == "0"
    assert table["quota"] == ["", "", str(hit[-1]), "", "", "", ""]
    assert shares(suffered, [7] * len(hit), hit) == f"{7 * len(METHODS)} calls, {sum(hit):,} faults"
