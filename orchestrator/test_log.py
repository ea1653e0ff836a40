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
        "ended": "2018-02-02T05:01:00Z",
        "failure": "exit_code",
        "code": 1,
        "task": 0,
        "last_lines": ["oh"],
    }
    assert entries[5][LABELS] == {"run": "toy-2018-02-01-g1", "step": "a"}
    assert (entries[5]["number"], entries[5]["due"]) == (2, "2018-02-02T05:01:02Z")


def test_what_modules_log_is_said_by_the_voice() -> None:
    """With a severity that Cloud Logging knows."""
    stream = io.StringIO()
    handler = VoiceHandler(JsonLines(stream, FakeClock()))
    for level in (logging.INFO, logging.WARNING, logging.ERROR):
        handler.handle(logging.LogRecord("orchestrator", level, "", 1, "hello %s", ("you",), None))
    entries = [json.loads(line) for line in stream.getvalue().splitlines()]
    assert [entry["severity"] for entry in entries] == [Severity.INFO, Severity.WARNING, Severity.ERROR]
    assert {"hello you"} == {entry["message"] for entry in entries}
