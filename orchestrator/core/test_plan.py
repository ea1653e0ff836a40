from __future__ import annotations

import dataclasses
from datetime import datetime, timedelta

import pytest

from orchestrator.core import events, plan
from orchestrator.core.events import Event, Failure, FailureKind, Outcome, StopReason
from orchestrator.core.model import Pipeline, Retry, When
from orchestrator.core.plan import Action, decide, limit
from orchestrator.core.states import fold
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN

DIGEST = "sha256:" + "0" * 64
SECOND = timedelta(seconds=1)
DIAMOND = build.pipeline(step("a"), step("b", ["a"]), step("c", ["a"]), step("d", ["b", "c"]))
DEADLINE = BEGIN + DIAMOND.deadline


def started(name: str, number: int = 1, at: datetime = BEGIN) -> tuple[Event, ...]:
    id_ = attempt(name, number)
    return (
        events.Intended(at=at, attempt=id_, digest=DIGEST),
        events.Started(at=at, attempt=id_, execution="process 1", log="here"),
    )


def done(name: str) -> tuple[Event, ...]:
    return (*started(name), events.Succeeded(at=BEGIN, attempt=attempt(name), ended=BEGIN))


def failed(name: str, code: int = 1, number: int = 1, kind: FailureKind = FailureKind.EXIT_CODE) -> tuple[Event, ...]:
    failure = Failure(kind=kind, message="it failed", code=code)
    return (
        *started(name, number),
        events.Failed(at=BEGIN, attempt=attempt(name, number), ended=BEGIN, failure=failure),
    )


def exhausted(name: str) -> tuple[Event, ...]:
    return (*failed(name), events.Exhausted(at=BEGIN, step=name, reason="no attempt is left of 1"))


def start(name: str, number: int = 1) -> Action:
    return plan.Start(attempt=attempt(name, number), digest=DIGEST)


def check(pipeline: Pipeline, *happened: Event, then: tuple[Action, ...], now: datetime = BEGIN) -> None:
    """After these events, the decision is this."""
    assert then == decide(pipeline, fold(build.log(pipeline, *happened)), now)


def test_first_steps_start() -> None:
    """What needs nothing starts at once."""
    check(DIAMOND, then=(start("a"),))


def test_steps_that_do_not_depend_on_each_other_start_side_by_side() -> None:
    """Both followers of a finished step start in one decision."""
    check(DIAMOND, *done("a"), then=(start("b"), start("c")))


def test_step_waits_for_all_that_it_needs() -> None:
    """One of two needs is not enough; what is left to do is to wait."""
    check(DIAMOND, *done("a"), *done("b"), *started("c"), then=(plan.Wait(until=BEGIN + limit(DIAMOND.steps["c"])),))


def test_no_more_than_parallelism_at_once() -> None:
    """The places that running steps hold count."""
    narrow = dataclasses.replace(DIAMOND, parallelism=1)
    check(narrow, *done("a"), then=(start("b"),))
    check(narrow, *done("a"), *started("b"), then=(plan.Wait(until=BEGIN + limit(DIAMOND.steps["b"])),))


def test_finished_when_every_step_is() -> None:
    """The outcome is that of the steps."""
    every = [event for name in "abcd" for event in done(name)]
    check(DIAMOND, *every, then=(plan.Finish(outcome=Outcome.SUCCEEDED),))


def test_failure_skips_what_depends_on_it() -> None:
    """A failed step's followers are skipped at once, theirs follow, and the run has failed."""
    happened = [*done("a"), *exhausted("b")]
    check(DIAMOND, *happened, then=(plan.Skip(step="d", because=("b",)), start("c")))
    happened += [events.Skipped(at=BEGIN, step="d", because=("b",)), *done("c")]
    check(DIAMOND, *happened, then=(plan.Finish(outcome=Outcome.FAILED),))


def test_skip_passes_on() -> None:
    """What needs a skipped step is skipped because of that."""
    chain = build.pipeline(step("a"), step("b", ["a"]), step("c", ["b"]))
    happened = [*exhausted("a"), events.Skipped(at=BEGIN, step="b", because=("a",))]
    check(chain, *happened, then=(plan.Skip(step="c", because=("b",)),))


def test_all_done_starts_after_failures() -> None:
    """`when: all_done` waits for the end of what it needs, however that is."""
    cleanup = build.pipeline(step("a"), step("b"), step("c", ["a", "b"], when=When.ALL_DONE))
    waiting = (plan.Wait(until=BEGIN + limit(cleanup.steps["b"])),)
    check(cleanup, *exhausted("a"), *started("b"), then=waiting)
    check(cleanup, *exhausted("a"), *done("b"), then=(start("c"),))


@pytest.mark.parametrize(
    ("code", "retry", "again"),
    [
        (1, build.attempts(3), True),
        (75, build.attempts(3), True),
        (64, build.attempts(3), False),
        (65, build.attempts(3), False),
        (78, build.attempts(3), False),
        (1, build.attempts(1), False),
        (1, build.attempts(3, exit_codes=frozenset({7})), False),
        (7, build.attempts(3, exit_codes=frozenset({7})), True),
        (65, build.attempts(3, exit_codes=frozenset({65})), True),
        (75, build.attempts(3, exit_codes=frozenset({7})), True),
        (75, build.attempts(3, exit_codes=frozenset()), True),
    ],
)
def test_which_exit_codes_are_worth_another_attempt(code: int, retry: Retry, again: bool) -> None:  # noqa: FBT001
    """75 always is, 64, 65 and 78 only if the pipeline names them, others unless the pipeline names others."""
    pipeline = build.pipeline(step("a", retry=retry))
    (action,) = decide(pipeline, fold(build.log(pipeline, *failed("a", code))), BEGIN)
    assert again is isinstance(action, plan.ScheduleRetry)


@pytest.mark.parametrize(
    ("kind", "again"),
    [
        (FailureKind.SIGNAL, True),
        (FailureKind.TIMEOUT, True),
        (FailureKind.NOT_STARTED, True),
        (FailureKind.CANCELLED, False),
    ],
)
def test_which_failures_are_worth_another_attempt(kind: FailureKind, again: bool) -> None:  # noqa: FBT001
    """Everything but what somebody cancelled."""
    pipeline = build.pipeline(step("a"))
    (action,) = decide(pipeline, fold(build.log(pipeline, *failed("a", kind=kind))), BEGIN)
    assert again is isinstance(action, plan.ScheduleRetry)


def test_lost_attempt_is_tried_again() -> None:
    """An attempt that left no trace counts as failed."""
    lost = events.Lost(at=BEGIN, attempt=attempt("a"), message="gone")
    (action,) = decide(DIAMOND, fold(build.log(DIAMOND, *started("a"), lost)), BEGIN)
    assert isinstance(action, plan.ScheduleRetry)
    assert (action.number, True) == (2, BEGIN < action.due <= BEGIN + 4 * SECOND)


def test_retry_waits_until_it_is_due() -> None:
    """Before that the decision is to wait until then; from then on it is to start the next attempt."""
    due = BEGIN + 3 * SECOND
    happened = [*failed("a"), events.RetryScheduled(at=BEGIN, step="a", number=2, due=due)]
    check(DIAMOND, *happened, then=(plan.Wait(until=due),))
    check(DIAMOND, *happened, then=(start("a", 2),), now=due)


def test_attempts_end() -> None:
    """After the last attempt the step has failed."""
    pipeline = build.pipeline(step("a", retry=build.attempts(2)))
    happened = [
        *failed("a"),
        events.RetryScheduled(at=BEGIN, step="a", number=2, due=BEGIN),
        *failed("a", number=2),
    ]
    check(pipeline, *happened, then=(plan.GiveUp(step="a", reason="no attempt is left of 2"),))


def test_overdue_attempt_is_stopped_once() -> None:
    """The runner's own timeout is trusted for a margin; then the orchestrator cancels, and waits for the end."""
    pipeline = build.pipeline(step("a", timeout=timedelta(minutes=2)))
    late = BEGIN + timedelta(minutes=2) + plan.MARGIN
    check(pipeline, *started("a"), then=(plan.Wait(until=late),), now=late - SECOND)
    check(pipeline, *started("a"), then=(plan.Stop(attempt=attempt("a"), reason=StopReason.TIMEOUT),), now=late)
    stop = events.StopOrdered(at=late, attempt=attempt("a"), reason=StopReason.TIMEOUT)
    check(pipeline, *started("a"), stop, then=(plan.Wait(until=BEGIN + pipeline.deadline),), now=late)


def test_limit_counts_rounds_of_tasks() -> None:
    """Four tasks, two at once, have twice the timeout."""
    assert timedelta(minutes=21) == limit(step("a", tasks=4, parallelism=2))
    assert timedelta(minutes=31) == limit(step("a", tasks=5, parallelism=2))


def test_passed_deadline_ends_the_run() -> None:
    """What runs is cancelled, what waits is skipped or given up, nothing is started."""
    happened = [*done("a"), *started("b"), *failed("c")]
    scheduled = events.RetryScheduled(at=BEGIN, step="c", number=2, due=DEADLINE)
    expected = (
        plan.Stop(attempt=attempt("b"), reason=StopReason.DEADLINE),
        plan.GiveUp(step="c", reason="the run's deadline passed"),
        plan.Skip(step="d", because=()),
    )
    check(DIAMOND, *happened, scheduled, then=expected, now=DEADLINE)
    (_, after_failure, _) = decide(DIAMOND, fold(build.log(DIAMOND, *happened)), DEADLINE)
    assert plan.GiveUp(step="c", reason="the run's deadline passed") == after_failure


def test_cancelled_run_ends() -> None:
    """What runs is cancelled, what waits is skipped, and the run has not succeeded once all of it has ended."""
    cancel = events.CancelRequested(at=BEGIN, by="ann", why="")
    stop = plan.Stop(attempt=attempt("b"), reason=StopReason.CANCEL)
    skips = tuple(plan.Skip(step=name, because=()) for name in "cd")
    check(DIAMOND, *done("a"), *started("b"), cancel, then=(stop, *skips))
    skipped = [events.Skipped(at=BEGIN, step=name, because=()) for name in "cd"]
    ended = events.Succeeded(at=BEGIN, attempt=attempt("b"), ended=BEGIN)
    happened = [*done("a"), *started("b"), cancel, *skipped, ended]
    check(DIAMOND, *happened, then=(plan.Finish(outcome=Outcome.CANCELLED),))


def test_run_that_was_done_before_it_could_be_cancelled_succeeded() -> None:
    """The request came too late to leave anything undone."""
    one = build.pipeline(step("a"))
    cancel = events.CancelRequested(at=BEGIN, by="ann", why="")
    check(one, *done("a"), cancel, then=(plan.Finish(outcome=Outcome.SUCCEEDED),))


def test_barred_steps_keep_the_run_from_going_on_at_last() -> None:
    """The others are started first and waited for; when only barred ones are left the driver leaves, naming them."""
    barred = frozenset({"b"})

    def decided(*happened: Event) -> tuple[Action, ...]:
        return decide(DIAMOND, fold(build.log(DIAMOND, *happened)), BEGIN, barred=barred)

    assert decided(*done("a")) == (start("c"),)
    assert decided(*done("a"), *started("c")) == (plan.Wait(until=BEGIN + limit(DIAMOND.steps["c"])),)
    assert decided(*done("a"), *done("c")) == (plan.Leave(steps=("b",)),)


def test_deadline_counts_from_a_reopening() -> None:
    """A retry on the next morning has all the time again."""
    one = build.pipeline(step("a"))
    later = BEGIN + timedelta(days=1)
    happened = [
        *exhausted("a"),
        events.Finished(at=BEGIN, outcome=Outcome.FAILED),
        events.Reopened(at=later, steps=("a",), by="ann"),
        events.Claimed(at=later, driver="two"),
    ]
    check(one, *happened, then=(start("a", 2),), now=later)


@pytest.mark.parametrize("count", [1, 2])
def test_new_driver_adopts_what_runs(count: int) -> None:
    """What the driver before it started, or intended to, is adopted before anything else is started for it."""
    happened = [*started("a")[:count], events.Claimed(at=BEGIN, driver="two")]
    check(DIAMOND, *happened, then=(plan.Adopt(attempt=attempt("a")),))


def test_run_that_nobody_drives_is_left_alone() -> None:
    """Without a claim there is nothing to do."""
    view = fold(build.log(DIAMOND)[:1])
    assert decide(DIAMOND, view, BEGIN) == ()
