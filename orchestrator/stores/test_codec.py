from __future__ import annotations

import dataclasses
import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from orchestrator.core import events
from orchestrator.core.errors import BrokenLog
from orchestrator.core.events import Event, Failure, FailureKind, Outcome, StopReason
from orchestrator.core.model import AlertKind, AlertRule, Output, When
from orchestrator.core.states import fold
from orchestrator.stores.codec import decode, encode
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt
from orchestrator.testing.fakes import BEGIN

GOLDEN = Path(__file__).parent / "golden.jsonl"
LATER = BEGIN + timedelta(seconds=1.5)
FULL = build.step(
    "a",
    tasks=4,
    parallelism=2,
    retry=build.attempts(3, exit_codes=frozenset({75, 7})),
    env={"A": "ä\n"},
    secrets={"NIGHTJAR_DATABASE": "database"},
)
PIPELINE = build.pipeline(build.step("b", ["a"], when=When.ALL_DONE), FULL)
WHOLE = build.release(PIPELINE)
RELEASE = dataclasses.replace(WHOLE, orchestrator=None)
EVENTS: tuple[Event, ...] = (
    events.Opened(at=BEGIN, run=RUN, release=RELEASE, storage="file:///data"),
    events.Claimed(at=BEGIN, driver="one"),
    events.Intended(at=BEGIN, attempt=attempt("a"), digest="sha256:0"),
    events.Started(at=BEGIN, attempt=attempt("a"), execution="process 1", log="here"),
    events.Released(at=BEGIN, driver="one", reason="SIGTERM"),
    events.Claimed(at=BEGIN, driver="two"),
    events.Adopted(at=BEGIN, attempt=attempt("a"), execution="process 1"),
    events.StopOrdered(at=BEGIN, attempt=attempt("a"), reason=StopReason.TIMEOUT),
    events.Failed(
        at=LATER,
        attempt=attempt("a"),
        ended=LATER,
        failure=Failure(kind=FailureKind.TIMEOUT, message="too slow", task=3, last_lines=("one", "two")),
    ),
    events.RetryScheduled(at=LATER, step="a", number=2, due=LATER),
    events.Intended(at=LATER, attempt=attempt("a", 2), digest="sha256:0"),
    events.Lost(at=LATER, attempt=attempt("a", 2), message="gone"),
    events.Exhausted(at=LATER, step="a", reason="no attempt is left of 2"),
    events.Skipped(at=LATER, step="b", because=("a",)),
    events.Finished(at=LATER, outcome=Outcome.FAILED),
    events.Reopened(at=LATER, steps=("a", "b"), by="ann", release=RELEASE),
    events.Claimed(at=LATER, driver="three"),
    events.Intended(at=LATER, attempt=attempt("a", 3), digest="sha256:0"),
    events.Started(at=LATER, attempt=attempt("a", 3), execution="process 2", log="there"),
    events.Succeeded(at=LATER, attempt=attempt("a", 3), ended=LATER),
    events.Intended(at=LATER, attempt=attempt("b"), digest="sha256:0"),
    events.Withdrawn(at=LATER, attempt=attempt("b"), message="something else is deployed for it now"),
    events.ReleaseChanged(at=LATER, release=RELEASE, by="ann"),
    events.CancelRequested(at=LATER, by="ann", why="too late"),
    events.Released(at=LATER, driver="three", reason="something else is deployed now for b", changed=("b",)),
)
RULES = (
    AlertRule(tell=(AlertKind.LATE, AlertKind.FAILED), webhook="on-call"),
    AlertRule(tell=(AlertKind.SUMMARY,), webhook="team"),
)
TOLD = dataclasses.replace(PIPELINE, schedule=dataclasses.replace(PIPELINE.schedule, catch_up=3), alerts=RULES)
FOLLOWED: tuple[Event, ...] = (
    events.Opened(
        at=LATER,
        run=dataclasses.replace(RUN, generation=2),
        release=RELEASE,
        storage="file:///data",
        by="ann",
        why="the source was mended",
        reused=("a",),
    ),
    events.Opened(at=BEGIN, run=RUN, release=dataclasses.replace(RELEASE, pipeline=TOLD), storage="file:///data"),
    events.Reopened(at=LATER, steps=("b",), by="ann", why="again"),
    events.Opened(at=BEGIN, run=RUN, release=WHOLE, storage="file:///data"),
)
"""Events of another run, for the forms that the first does not have."""


def test_written_events_are_read_for_ever() -> None:
    """The golden file has every kind of event; each line means today what it meant when it was written.

    An event whose form has grown stands there again in the new form, at the end.
    """
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    read = [decode(line) for line in lines]
    assert [*EVENTS, *FOLLOWED] == read[: len(EVENTS) + len(FOLLOWED)]
    assert all(event in read[: len(EVENTS) + len(FOLLOWED)] for event in read)
    assert set(events.KINDS) == {json.loads(line)["kind"] for line in lines}


def test_events_are_written_as_ever() -> None:
    """An old program beside a new one reads what the new one writes; what would be misread raises the version."""
    lines = GOLDEN.read_text(encoding="utf-8").splitlines()
    assert [encode(event) for event in (*EVENTS, *FOLLOWED) if encode(event) not in lines] == []


def test_steps_keep_their_order() -> None:
    """The order of the pipeline file is that of tables and of starts."""
    opened = decode(encode(EVENTS[0]))
    assert isinstance(opened, events.Opened)
    assert list(opened.release.pipeline.steps) == ["b", "a"]


def test_golden_log_folds() -> None:
    """The golden events are a log that can be."""
    recorded = [events.Recorded(run=RUN, seq=seq, event=event) for seq, event in enumerate(EVENTS, 1)]
    assert fold(recorded).seq == len(EVENTS)


def test_field_that_is_not_known_is_passed_over() -> None:
    """A program of the same version that adds a field does not stop an older one."""
    line = encode(EVENTS[1])
    assert EVENTS[1] == decode(line.replace('"v":1', '"v":1,"colour":"blue"'))


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("", "no event"),
        ("[]", "no event"),
        ('{"v":1}', "no event"),
        ('{"v":2,"kind":"run.claimed","at":"2018-02-01T00:00:00Z","driver":"x"}', "newer nightjar"),
        ('{"v":1,"kind":"run.exploded"}', "newer nightjar"),
        ('{"v":1,"kind":"run.claimed"}', "damaged"),
        ('{"v":1,"kind":"run.claimed","at":"noon","driver":"x"}', "damaged"),
        ('{"v":1,"kind":"run.claimed","at":"2018-02-01T00:00:00Z","driver":7}', "damaged"),
        ('{"v":1,"kind":"run.finished","at":"2018-02-01T00:00:00Z","outcome":"maybe"}', "damaged"),
        ('{"v":1,"kind":"attempt.lost","at":"2018-02-01T00:00:00Z","attempt":"x","message":""}', "damaged"),
    ],
)
def test_what_is_no_event_is_refused(text: str, says: str) -> None:
    """With words for the person who has to look."""
    with pytest.raises(BrokenLog, match=says):
        decode(text)


@given(st.text(), st.datetimes(timezones=st.just(BEGIN.tzinfo)), st.lists(st.text(), max_size=3))
def test_round_trip(text: str, at: datetime, lines: list[str]) -> None:
    """Whatever a step says and whenever it ends."""
    failure = Failure(kind=FailureKind.SIGNAL, message=text, code=9, task=0, last_lines=tuple(lines))
    event = events.Failed(at=at, attempt=attempt("a"), ended=at, failure=failure)
    assert event == decode(encode(event))


def test_outputs_are_kept() -> None:
    """Optional durations of the pipeline survive."""
    outputs = (Output(name="x", freshness=timedelta(hours=36)), Output(name="y", freshness=None))
    steps = {"a": dataclasses.replace(FULL, outputs=outputs)}
    release = build.release(dataclasses.replace(PIPELINE, steps=steps))
    event = events.Opened(at=BEGIN, run=RUN, release=release, storage="")
    assert event == decode(encode(event))
