from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import timedelta
from typing import Any, cast

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.alerts.alert import MOST_LINES, Alert, last_words
from orchestrator.alerts.rules import follow
from orchestrator.core import events
from orchestrator.core.events import ENDED, Event, Outcome, StopReason
from orchestrator.core.model import AlertKind, Pipeline
from orchestrator.core.story import Severity
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt
from orchestrator.testing.days import BROKE, FAILS, PIPELINE, SAID, SUCCEEDS, finished, tries
from orchestrator.testing.fakes import BEGIN

DEADLINE = PIPELINE.deadline


def told(*happened: Event, of: Pipeline = PIPELINE, previous: Outcome | None = None) -> list[Alert]:
    """Every alert of the log, in order."""
    scene, found = None, list[Alert]()
    for recorded in build.log(of, *happened):
        scene, alerts = follow(scene, recorded, previous=previous)
        found += alerts
    return found


def kinds(alerts: Sequence[Alert]) -> list[str]:
    """The kinds of alerts, in order."""
    return [alert.kind.value for alert in alerts]


def only(alerts: Sequence[Alert], kind: AlertKind) -> Alert:
    """The one alert of a kind."""
    (alert,) = (each for each in alerts if each.kind is kind)
    return alert


def test_a_failed_run_is_one_alert_with_all_that_helps() -> None:
    """Every failed step with its reason, what was skipped, the last words, the log, and the command that goes on."""
    alert = only(told(*FAILS), AlertKind.FAILED)
    assert alert == Alert(
        kind=AlertKind.FAILED,
        severity=Severity.ERROR,
        key=f"{RUN}/11/failed",
        run=RUN,
        step="a",
        title="toy 2018-02-01 failed: a",
        text="a: exited with 1; no attempt is left of 1\nskipped: b",
        said=SAID,
        advice="When the cause is mended, do again what failed and what was skipped for it",
        command="nightjar retry toy-2018-02-01-g1",
        log=f"logs/{attempt('a')}",
    )


def test_a_run_whose_steps_were_lost_fails_with_words() -> None:
    """A step that left nothing behind has no last words, and still a reason."""
    lost = events.Lost(at=BEGIN, attempt=attempt("a"), message="gone")
    alerts = told(
        *tries("a")[:2],
        lost,
        events.Exhausted(at=BEGIN, step="a", reason="no attempt is left of 1"),
        events.Skipped(at=BEGIN, step="b", because=("a",)),
        *tries("c"),
        finished(Outcome.FAILED),
    )
    alert = only(alerts, AlertKind.FAILED)
    assert (alert.text.splitlines()[0], alert.said) == ("a: its last attempt was lost; no attempt is left of 1", ())


def test_many_failures_stay_readable() -> None:
    """A few reasons, then names, then a number."""
    many = build.pipeline(*(build.step(f"s{number}") for number in range(60)))
    happened = [
        event
        for name in many.steps
        for event in (*tries(name, failure=BROKE), events.Exhausted(at=BEGIN, step=name, reason="hopeless"))
    ]
    alert = only(told(*happened, finished(Outcome.FAILED), of=many), AlertKind.FAILED)
    lines = alert.text.splitlines()
    assert (len(lines), lines[9]) == (11, "s9: exited with 1; hopeless")
    assert lines[10].endswith("s39 and 20 more")


def test_another_attempt_is_a_warning() -> None:
    """Which attempt of how many failed, why, and when the next one follows."""
    due = BEGIN + timedelta(seconds=14)
    alerts = told(*tries("a", failure=BROKE), events.RetryScheduled(at=BEGIN, step="a", number=2, due=due))
    (alert,) = alerts
    assert (alert.kind, alert.severity, alert.key) == (AlertKind.RETRIED, Severity.WARNING, f"{RUN}/6/retried")
    assert alert.title == "toy 2018-02-01: a will be tried again"
    assert alert.text == "attempt 1 of 3: exited with 1\nattempt 2 follows in 14.0 s"
    assert (alert.said, alert.command) == (SAID, f"nightjar status {RUN}")


@pytest.mark.parametrize(
    "happened",
    [
        (
            *tries("a")[:2],
            events.StopOrdered(at=BEGIN + DEADLINE, attempt=attempt("a"), reason=StopReason.DEADLINE),
            events.Skipped(at=BEGIN + DEADLINE, step="b", because=()),
            events.Skipped(at=BEGIN + DEADLINE, step="c", because=()),
        ),
        (
            *tries("a", failure=BROKE),
            events.Exhausted(at=BEGIN + DEADLINE, step="a", reason=ENDED[StopReason.DEADLINE]),
            events.Skipped(at=BEGIN + DEADLINE, step="c", because=()),
        ),
    ],
)
def test_a_passed_deadline_is_told_once(happened: tuple[Event, ...]) -> None:
    """However many steps are stopped, skipped or given up for it."""
    alerts = told(*happened)
    assert kinds(alerts) == ["late"]
    assert alerts[0].title == "toy 2018-02-01 is late: its deadline of 1h passed"
    assert alerts[0].text == "0 of 3 steps are done\nnot done: a, b, c"


def test_a_step_that_is_skipped_in_time_is_not_late() -> None:
    """Whatever else skips a step without a cause among the steps, such as a person, is no deadline."""
    assert kinds(told(events.Skipped(at=BEGIN, step="b", because=()))) == []


def test_a_reopened_run_can_be_late_again() -> None:
    """Its deadline counts anew, so its passing is news."""
    skipped = events.Skipped(at=BEGIN + DEADLINE, step="b", because=())
    again = BEGIN + DEADLINE * 2
    alerts = told(
        *FAILS[:4],
        skipped,
        *FAILS[5:],
        events.Reopened(at=again, steps=("a", "b"), by="ann"),
        events.Claimed(at=again, driver="two"),
        events.Skipped(at=again, step="a", because=("b",)),
        events.Skipped(at=again + DEADLINE, step="b", because=()),
    )
    assert [alert.key for alert in alerts if alert.kind is AlertKind.LATE] == [f"{RUN}/7/late", f"{RUN}/15/late"]


def test_success_after_the_run_itself_failed_is_recovery() -> None:
    """A reopened run that then succeeds says so."""
    retried = (
        events.Reopened(at=BEGIN, steps=("a", "b"), by="ann"),
        events.Claimed(at=BEGIN, driver="two"),
        *tries("a", 2),
        *tries("b"),
        finished(Outcome.SUCCEEDED),
    )
    alerts = told(*FAILS, *retried)
    assert kinds(alerts) == ["failed", "summary", "recovered", "summary"]
    assert only(alerts, AlertKind.RECOVERED).text == "it had failed\nsucceeded in 1:05"


def test_success_after_the_run_before_failed_is_recovery() -> None:
    """The first good day after a bad one says so; a good day after a good one does not."""
    alert = only(told(*SUCCEEDS, previous=Outcome.FAILED), AlertKind.RECOVERED)
    assert (alert.title, alert.severity) == ("toy 2018-02-01 succeeded again", Severity.NOTICE)
    assert alert.text == "the run before it had failed\nsucceeded in 1:05"
    assert kinds(told(*SUCCEEDS, previous=Outcome.SUCCEEDED)) == ["summary"]
    assert kinds(told(*FAILS, previous=Outcome.FAILED)) == ["failed", "summary"]


def test_each_end_has_a_summary() -> None:
    """How it ended and how long it took, then each step with its attempts and its time."""
    alert = only(told(*SUCCEEDS), AlertKind.SUMMARY)
    assert (alert.title, alert.severity) == ("toy 2018-02-01 succeeded in 1:05", Severity.INFO)
    assert alert.text.splitlines() == [
        "3 steps, 3 attempts",
        "a: succeeded, 1 attempt, 2.0 s",
        "b: succeeded, 1 attempt, 2.0 s",
        "c: succeeded, 1 attempt, 2.0 s",
    ]
    failed = only(told(*FAILS), AlertKind.SUMMARY)
    assert failed.title == "toy 2018-02-01 failed in 1:05"
    assert failed.text.splitlines()[2] == "b: skipped"


class Newer(enum.StrEnum):
    """Outcomes that another version may have."""

    CANCELLED = "cancelled"
    PARTED = "parted"


@pytest.mark.parametrize(
    ("outcome", "title"),
    [
        (Newer.CANCELLED, "toy 2018-02-01 was cancelled in 1:05"),
        (Newer.PARTED, "toy 2018-02-01 ended as parted in 1:05"),
    ],
)
def test_an_outcome_of_another_kind_is_a_summary_and_no_failure(outcome: Newer, title: str) -> None:
    """A cancelled run has its own words; one that this version does not know is told by its name."""
    alerts = told(*tries("a"), finished(cast("Any", outcome)))
    assert kinds(alerts) == ["summary"]
    assert (alerts[0].title, alerts[0].severity) == (title, Severity.WARNING)


def test_keys_are_unique_and_derived() -> None:
    """The same log has the same alerts, each with a key of its own."""
    alerts = told(*FAILS, previous=Outcome.FAILED)
    assert alerts == told(*FAILS, previous=Outcome.FAILED)
    assert len({alert.key for alert in alerts}) == len(alerts)


@given(st.lists(st.text(max_size=400), max_size=60))
def test_last_words_are_bounded_and_printable(lines: list[str]) -> None:
    """They are the end of what was said, in lines that a person can read."""
    words = last_words(lines)
    assert len(words) <= MOST_LINES
    assert sum(map(len, words)) <= 2_500
    assert all(word.isprintable() for word in words)
    assert len(words) == len(lines[len(lines) - len(words) :])
