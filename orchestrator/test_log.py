from __future__ import annotations

import io
import json
import logging
from datetime import timedelta

from orchestrator.core import events
from orchestrator.core.events import Failure, FailureKind
from orchestrator.core.states import fold
from orchestrator.core.story import Severity
from orchestrator.log import LABELS, JsonLines, VoiceHandler
from orchestrator.testing import build
from orchestrator.testing.build import attempt
from orchestrator.testing.fakes import BEGIN, FakeClock
from steps.kit import contract

PIPELINE = build.pipeline(build.step("a"))
LOG = build.log(
    PIPELINE,
    events.Intended(at=BEGIN, attempt=attempt("a"), digest="sha256:1"),
    events.Started(at=BEGIN, attempt=attempt("a"), execution="process 7", log="here"),
    events.Failed(
        at=BEGIN,
        attempt=attempt("a"),
        ended=BEGIN,
        failure=Failure(kind=FailureKind.EXIT_CODE, message="exited with 1", code=1, task=0, last_lines=("oh",)),
    ),
    events.RetryScheduled(at=BEGIN, step="a", number=2, due=BEGIN + timedelta(seconds=2)),
)


def test_each_event_is_one_line_that_cloud_logging_understands() -> None:
    """Severity, time, message and labels where it looks for them; the event's kind and fields beside them."""
    stream = io.StringIO()
    JsonLines(stream, FakeClock()).committed(LOG, fold(LOG))
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [recorded.event.kind for recorded in LOG] == [entry["event"] for entry in entries]
    failed = entries[4]
    assert failed == {
        "severity": "WARNING",
        "time": "2018-02-02T05:01:00Z",
        "message": "a: attempt 1 exited with 1 after 0.0 s",
        "event": "attempt.failed",
        "seq": 5,
        LABELS: {"run": "toy-2018-02-01-g1", "step": "a", "attempt": "toy-2018-02-01-g1/a/1"},
        **contract.trace("toy-2018-02-01-g1", "toy-2018-02-01-g1/a/1"),
        "ended": "2018-02-02T05:01:00Z",
        "failure": "exit_code",
        "code": 1,
        "task": 0,
        "last_lines": ["oh"],
    }
    assert entries[5][LABELS] == {"run": "toy-2018-02-01-g1", "step": "a"}
    assert (entries[5]["number"], entries[5]["due"]) == (2, "2018-02-02T05:01:02Z")


def test_a_run_is_a_trace_and_an_attempt_a_span() -> None:
    """Every line of a run has one trace, of the project if it is known; a line about an attempt has its span."""
    stream = io.StringIO()
    JsonLines(stream, FakeClock(), project="our-project").committed(LOG, fold(LOG))
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    whole = contract.trace("toy-2018-02-01-g1", project="our-project")
    assert [whole["logging.googleapis.com/trace"]] * len(LOG) == [e["logging.googleapis.com/trace"] for e in entries]
    span = contract.trace("toy-2018-02-01-g1", "toy-2018-02-01-g1/a/1")["logging.googleapis.com/spanId"]
    assert [None, None, span, span, span, None] == [entry.get("logging.googleapis.com/spanId") for entry in entries]


def test_a_line_is_never_too_long() -> None:
    """Whatever a step said last, its line keeps severity, event and labels, and stays below Cloud Logging's limit."""
    failure = Failure(kind=FailureKind.EXIT_CODE, message="x" * 500_000, code=1, last_lines=("é" * 400_000,) * 50)
    failed = events.Failed(at=BEGIN, attempt=attempt("a"), ended=BEGIN, failure=failure)
    log = build.log(PIPELINE, *(each.event for each in LOG[2:4]), failed)
    stream = io.StringIO()
    JsonLines(stream, FakeClock()).committed(log, fold(log))
    lines = stream.getvalue().splitlines()
    assert max(len(line.encode()) for line in lines) <= contract.LINE_BYTES
    last = json.loads(lines[-1])
    assert (last["severity"], last["event"], last[LABELS]["step"]) == ("WARNING", "attempt.failed", "a")


def test_what_modules_log_is_said_by_the_voice() -> None:
    """With a severity that Cloud Logging knows."""
    stream = io.StringIO()
    handler = VoiceHandler(JsonLines(stream, FakeClock()))
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        handler.handle(logging.LogRecord("orchestrator", level, "", 1, "hello %s", ("you",), None))
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [entry["severity"] for entry in entries] == [Severity.INFO, Severity.WARNING, Severity.ERROR]
    assert {"hello you"} == {entry["message"] for entry in entries}
