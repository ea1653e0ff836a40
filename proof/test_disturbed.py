from __future__ import annotations

import random
from pathlib import Path

import pytest

from deploy.release import Runner
from proof.arguments import NotBegun
from proof.disturbed import SHORT_LEASE, disturbed, plan, undisturbed
from proof.grounds import Place
from steps.kit.contract import RunId


@pytest.fixture
def nowhere(tmp_path: Path) -> Place:
    """A place without its files, where no driver can drive."""
    (tmp_path / "state").mkdir()
    (tmp_path / "storage").mkdir()
    run = RunId.parse("toy-2018-02-01-g1")
    return Place(folder=tmp_path, run=run, store=f"sqlite:{tmp_path}/runs.sqlite", dsn="", runner=Runner.PROCESS)


def test_reference_that_cannot_be_run_says_why(nowhere: Place) -> None:
    """In the words of the driver, and the proof ends."""
    with pytest.raises(NotBegun, match=r"toy-2018-02-01-g1 cannot be run at all: .*environment\.json"):
        undisturbed(nowhere)


def test_driver_that_cannot_start_is_a_violation(nowhere: Place) -> None:
    """It is told as any other, beside what is missing."""
    report = disturbed(nowhere, plan(random.Random(1), 20), {"a": "result"}, lease=SHORT_LEASE)  # noqa: S311
    assert [text.split(":")[0] for text in report.problems] == [
        "a driver did not do what was waited for",
        "the log has no beginning",
        "results differ",
    ]
    assert "environment.json" in report.problems[0]


def test_plan_follows_from_its_seed() -> None:
    """One to three blows at events of the run, in their order."""
    plans = [plan(random.Random(seed), 30) for seed in range(50)]  # noqa: S311
    assert plans == [plan(random.Random(seed), 30) for seed in range(50)]  # noqa: S311
    assert {1, 2, 3} == {len(each) for each in plans}
    for each in plans:
        seqs = [blow.seq for blow in each]
        assert sorted(seqs) == seqs
        assert set(seqs) <= set(range(1, 30))
