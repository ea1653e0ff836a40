from __future__ import annotations

from proof import tally
from proof.disturbed import SHORT_LEASE, TRUE_LEASE, Report


def test_table_counts_kills_by_their_moment_and_what_was_wrong() -> None:
    """The most frequent moment comes first; each lease has its own time to adopt."""
    again = "toy-2018-02-01-g1/a/2 was begun after its step had succeeded"
    reports = [
        Report(
            lease=SHORT_LEASE,
            kills=["attempt.started a/1", "attempt.started b/2", "run.opened"],
            adopted=[1.0, 3.0],
            equal=True,
        ),
        Report(lease=TRUE_LEASE, kills=["attempt.started a/1"], everything=1, adopted=[15.5], problems=[again]),
    ]
    assert tally.rows(reports) == [
        ("complete runs", "2"),
        ("of these with the true lease of 15 s", "1"),
        ("kills", "4"),
        ("of these with supervisors and steps", "1"),
        ("killed when the last event was attempt.started", "3"),
        ("killed when the last event was run.opened", "1"),
        ("finished steps run again", "1"),
        ("runs with manifests and objects equal to an undisturbed run's", "1"),
        ("start of the next driver until it drives, median, lease of 1 s", "2.0 s, at most 3.0 s"),
        ("start of the next driver until it drives, median, lease of 15 s", "15.5 s, at most 15.5 s"),
        ("runs with anything wrong", "1"),
    ]


def test_progress_foresees_the_end() -> None:
    """By the time that the runs took until now."""
    told = tally.progress(50, 200, 101, 0, seconds=600)
    assert told == "50 of 200 runs, 101 kills, 0 wrong; about 30 min to go"
