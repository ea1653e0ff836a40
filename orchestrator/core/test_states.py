from __future__ import annotations

import dataclasses
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import events, states
from orchestrator.core.errors import BrokenLog
from orchestrator.core.events import Event, Failure, FailureKind, Outcome, Recorded, StopReason
from orchestrator.core.states import TRANSITIONS, RunState, RunView, StepState, fold
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt
from orchestrator.testing.fakes import BEGIN

TOY = build.pipeline(build.step("a"), build.step("b", ["a"]))
NOW = BEGIN + timedelta(minutes=1)
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 1", code=1, task=0)


def intended(number: int = 1) -> Event:
    return events.Intended(at=NOW, attempt=attempt("a", number), digest="sha256:0")


STARTED = events.Started(at=NOW, attempt=attempt("a"), execution="process 1", log="here")
FAILED = events.Failed(at=NOW, attempt=attempt("a"), ended=NOW, failure=FAILURE)
RETRY = events.RetryScheduled(at=NOW, step="a", number=2, due=NOW)
EXHAUSTED = events.Exhausted(at=NOW, step="a", reason="no attempt is left of 3")
STOP = events.StopOrdered(at=NOW, attempt=attempt("a"), reason=StopReason.TIMEOUT)
FINISHED = events.Finished(at=NOW, outcome=Outcome.FAILED)
REOPENED = events.Reopened(at=NOW, steps=("a",), by="ann")
CANCEL = events.CancelRequested(at=NOW, by="ann", why="")

SAMPLES: dict[type[Event], Event] = {
    type(event): event
    for event in (
        events.Opened(at=BEGIN, run=RUN, release=build.release(TOY), storage="memory:"),
        events.Claimed(at=NOW, driver="two"),
        events.Released(at=NOW, driver="one", reason="SIGTERM"),
        FINISHED,
        REOPENED,
        events.ReleaseChanged(at=NOW, release=dataclasses.replace(build.release(TOY), revision="1" * 40), by="ann"),
        CANCEL,
        intended(),
        events.Withdrawn(at=NOW, attempt=attempt("a"), message="cancelled"),
        STARTED,
        events.Adopted(at=NOW, attempt=attempt("a"), execution="process 1"),
        STOP,
        events.Succeeded(at=NOW, attempt=attempt("a"), ended=NOW),
        FAILED,
        events.Lost(at=NOW, attempt=attempt("a"), message="gone"),
        RETRY,
        EXHAUSTED,
        events.Skipped(at=NOW, step="a", because=()),
    )
}
TO_STEP_STATE: dict[StepState, tuple[Event, ...]] = {
    StepState.PENDING: (),
    StepState.STARTING: (intended(),),
    StepState.RUNNING: (intended(), STARTED),
    StepState.STOPPING: (intended(), STARTED, STOP),
    StepState.TRIED: (intended(), STARTED, FAILED),
    StepState.RETRYING: (intended(), STARTED, FAILED, RETRY),
    StepState.SUCCEEDED: (intended(), STARTED, SAMPLES[events.Succeeded]),
    StepState.FAILED: (intended(), STARTED, FAILED, EXHAUSTED),
    StepState.SKIPPED: (SAMPLES[events.Skipped],),
}


def view_of(*more: Event) -> RunView:
    return fold(build.log(TOY, *more))


def in_state(state: StepState) -> RunView:
    """A driven run whose step a is in this state."""
    if state is not StepState.REUSED:
        return view_of(*TO_STEP_STATE[state])
    opened, claimed = build.log(TOY)
    assert isinstance(opened.event, events.Opened)
    taken_over = dataclasses.replace(opened.event, by="ann", reused=("a",))
    return fold([dataclasses.replace(opened, event=taken_over), claimed])


def follow(view: RunView, event: Event) -> RunView:
    return fold([Recorded(run=RUN, seq=view.seq + 1, event=event)], view)


def fitting(event: Event, view: RunView) -> Event:
    """The sample with the attempt's number that the state allows, so that only the table can refuse it."""
    if not isinstance(event, events.AttemptEvent):
        return event
    number = view.steps["a"].number + isinstance(event, events.Intended)
    return dataclasses.replace(event, attempt=attempt("a", number))


@pytest.mark.parametrize("state", StepState)
@pytest.mark.parametrize(
    "kind", [kind for kind in SAMPLES if issubclass(kind, (events.StepEvent, events.AttemptEvent))]
)
def test_every_pair_of_step_state_and_event(state: StepState, kind: type[Event]) -> None:
    """A step goes where the table says, and a pair that is not in it raises."""
    view = in_state(state)
    assert view.steps["a"].state is state
    event = fitting(SAMPLES[kind], view)
    if (state, kind) in TRANSITIONS:
        assert TRANSITIONS[state, kind] is follow(view, event).steps["a"].state
    else:
        with pytest.raises(BrokenLog, match=f"{kind.kind}.*step a is {state}"):
            follow(view, event)


@pytest.mark.parametrize("state", [RunState.OPEN, RunState.DRIVEN, RunState.FINISHED])
@pytest.mark.parametrize("kind", SAMPLES)
def test_every_pair_of_run_state_and_event(state: RunState, kind: type[Event]) -> None:
    """A run goes where the table says, and a pair that is not in it raises."""
    view = {
        RunState.OPEN: fold(build.log(TOY)[:1]),
        RunState.DRIVEN: view_of(),
        RunState.FINISHED: view_of(*TO_STEP_STATE[StepState.FAILED], FINISHED),
    }[state]
    if (state, kind) not in TRANSITIONS:
        with pytest.raises(BrokenLog, match=f"{kind.kind}.*the run is {state}"):
            follow(view, fitting(SAMPLES[kind], view))
    elif issubclass(kind, events.RunEvent):
        assert TRANSITIONS[state, kind] is follow(view, SAMPLES[kind]).state


def test_table_knows_every_event_and_state() -> None:
    """Each kind of event leads somewhere, and each state but the final ones of a run's life can be left."""
    assert set(SAMPLES) == {event for _, event in TRANSITIONS} == set(events.KINDS.values())
    assert {*RunState, *StepState} - {state for state, _ in TRANSITIONS} == {StepState.SUCCEEDED, StepState.REUSED}


def test_empty_log_has_no_state() -> None:
    """Nothing happened is not a state."""
    with pytest.raises(BrokenLog, match="empty"):
        fold([])


def test_log_begins_with_opened() -> None:
    """That alone leads out of the table's first state; any other first event raises."""
    assert TRANSITIONS[RunState.ABSENT, events.Opened] is fold(build.log(TOY)[:1]).state
    assert [kind for state, kind in TRANSITIONS if state is RunState.ABSENT] == [events.Opened]
    for kind in set(SAMPLES) - {events.Opened}:
        with pytest.raises(BrokenLog, match=f"begins with {kind.kind}, not with run.opened"):
            fold([Recorded(run=RUN, seq=1, event=SAMPLES[kind])])


def test_gap_in_the_log_raises() -> None:
    """A missing event is noticed."""
    log = build.log(TOY, intended())
    with pytest.raises(BrokenLog, match="event 3 does not follow 1"):
        fold([log[0], log[2]])


def test_event_of_an_unknown_step_raises() -> None:
    """A step that the release does not have cannot do anything."""
    with pytest.raises(BrokenLog, match="'zebra'"):
        view_of(events.Skipped(at=NOW, step="zebra", because=()))


def test_event_of_another_attempt_raises() -> None:
    """Only the last attempt can end."""
    with pytest.raises(BrokenLog, match="a/2"):
        view_of(intended(), dataclasses.replace(STARTED, attempt=attempt("a", 2)))


def test_claim_orphans_what_runs() -> None:
    """A new driver holds nothing of what the driver before it started."""
    view = view_of(intended(), STARTED)
    assert view.steps["a"].held
    assert not follow(view, SAMPLES[events.Claimed]).steps["a"].held


def test_claim_after_the_deadline_begins_a_new_one() -> None:
    """A run that was left alone for longer can be continued; within the deadline a new driver gains no time."""
    deadline = BEGIN + TOY.deadline
    assert view_of(events.Claimed(at=deadline, driver="two")).since == deadline
    assert view_of(events.Claimed(at=deadline - timedelta(seconds=1), driver="two")).since == BEGIN


def test_reopening_starts_a_new_budget() -> None:
    """Attempts before a reopening do not count any more, their numbers go on."""
    view = view_of(*TO_STEP_STATE[StepState.FAILED], FINISHED, REOPENED, SAMPLES[events.Claimed], intended(2))
    assert (view.steps["a"].number, view.steps["a"].tries) == (2, 1)
    assert view.since == NOW
    assert view.outcome is None


def test_reopening_under_another_release_goes_on_with_it() -> None:
    """What is started after a retry under a newer release comes from that."""
    newer = dataclasses.replace(build.release(TOY), revision="1" * 40)
    view = view_of(*TO_STEP_STATE[StepState.FAILED], FINISHED, dataclasses.replace(REOPENED, release=newer))
    assert view.release == newer


def test_withdrawn_attempt_does_not_count() -> None:
    """Its number is used up, the step's budget is not."""
    view = view_of(intended(), SAMPLES[events.Withdrawn], intended(2))
    assert (view.steps["a"].number, view.steps["a"].tries) == (2, 1)


def test_run_goes_on_under_the_release_that_was_allowed() -> None:
    """From there on, and not before."""
    changed = SAMPLES[events.ReleaseChanged]
    assert isinstance(changed, events.ReleaseChanged)
    assert view_of().release != changed.release == view_of(changed).release


def test_request_to_cancel_lasts_until_a_reopening() -> None:
    """Whoever drives the run meanwhile brings it to its end."""
    assert view_of(CANCEL, SAMPLES[events.Claimed]).cancelled_by == "ann"
    assert view_of(*TO_STEP_STATE[StepState.FAILED], CANCEL, FINISHED, REOPENED).cancelled_by == ""


def test_driver_says_for_what_it_left_until_the_next_claims() -> None:
    """Then it is looked at anew."""
    left = events.Released(at=NOW, driver="one", reason="changed", changed=("a",))
    assert view_of(left).changed == ("a",)
    assert view_of(left, SAMPLES[events.Claimed]).changed == ()


def test_only_steps_of_the_run_can_be_taken_over() -> None:
    """A first event that names another is refused."""
    opened = build.log(TOY)[0]
    assert isinstance(opened.event, events.Opened)
    with pytest.raises(BrokenLog, match="zebra"):
        fold([dataclasses.replace(opened, event=dataclasses.replace(opened.event, reused=("zebra",)))])


def test_abandoned_run_is_open() -> None:
    """Whoever only looks sees that nobody drives."""
    view = states.abandoned(view_of(intended(), STARTED), "it died")
    assert (view.state, view.stopped, view.steps["a"].held) == (RunState.OPEN, "it died", False)


@given(st.lists(st.sampled_from(list(SAMPLES.values())), max_size=30), st.integers(0, 30))
def test_fold_in_parts_is_fold_in_whole(tries: list[Event], cut: int) -> None:
    """The state follows from the log alone, however it is read."""
    view, log = view_of(), list(build.log(TOY))
    for event in tries:
        recorded = Recorded(run=RUN, seq=len(log) + 1, event=fitting(event, view))
        try:
            view = fold([recorded], view)
        except BrokenLog:
            continue
        log.append(recorded)
    head = fold(log[: max(1, cut)])
    assert fold(log) == view == (fold(log[max(1, cut) :], head) if cut < len(log) else head)
