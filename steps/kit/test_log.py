from __future__ import annotations

import datetime as dt
import io
import json
import logging

from steps.kit import contract
from steps.kit.log import LABELS, LibraryHandler, Log


def make(*, plain: bool = False) -> tuple[Log, io.StringIO]:
    stream = io.StringIO()
    moment = dt.datetime(2018, 2, 1, 5, 0, 1, 234567, tzinfo=dt.UTC)
    return Log(stream=stream, labels={"run": "r", "step": "s"}, plain=plain, now=lambda: moment), stream


def test_a_line_is_what_cloud_logging_expects() -> None:
    """Severity, time, message and labels have the names that Cloud Logging looks for."""
    log, stream = make()
    log.info("loaded", events=3, day=dt.date(2018, 2, 1))
    assert json.loads(stream.getvalue()) == {
        "severity": "INFO",
        "time": "2018-02-01T05:00:01.234Z",
        "message": "loaded",
        LABELS: {"run": "r", "step": "s"},
        "events": 3,
        "day": "2018-02-01",
    }


def test_a_line_says_of_which_run_it_is() -> None:
    """Trace and span stand where Cloud Logging looks for them, and no field takes their place."""
    stream, trace = io.StringIO(), contract.trace("quakes-2018-02-01-g1", "quakes-2018-02-01-g1/load/1", project="p")
    Log(stream=stream, labels={}, trace=trace).info("loaded", **dict.fromkeys(trace, "forged"))
    assert trace.items() <= json.loads(stream.getvalue()).items()


def test_a_line_is_never_too_long() -> None:
    """A step that says too much still says it in one line that Cloud Logging takes whole."""
    log, stream = make()
    log.failure("x" * 1_000_000, stack_trace="é" * 1_000_000)
    (line,) = stream.getvalue().splitlines()
    assert len(line) <= contract.LINE_BYTES
    assert json.loads(line)["severity"] == "ERROR"


def test_fields_cannot_forge_a_line() -> None:
    """Neither a field's name nor a newline in a value changes what a line says or where it ends."""
    log, stream = make()
    log.failure("broken\n{}", severity="INFO", time="never", text="a\nb")
    (line,) = stream.getvalue().splitlines()
    assert json.loads(line)["severity"] == "ERROR"
    assert json.loads(line)["time"] == "2018-02-01T05:00:01.234Z"


def test_a_person_reads_plain_lines() -> None:
    """At a terminal a line is a sentence and its values."""
    log, stream = make(plain=True)
    log.warning("set events aside", reason="bad_depth", events=2)
    assert stream.getvalue() == "warning set events aside  reason=bad_depth events=2\n"


def test_warnings_of_libraries_become_lines() -> None:
    """What a library tells through the logging module is not lost and keeps the format."""
    log, stream = make()
    logger = logging.Logger("httpx")  # noqa: LOG001 - of this test alone.
    logger.addHandler(LibraryHandler(log))
    logger.debug("too much")
    logger.warning("look %s", "here")
    assert json.loads(stream.getvalue())["message"] == "look here"
    assert json.loads(stream.getvalue())["logger"] == "httpx"
