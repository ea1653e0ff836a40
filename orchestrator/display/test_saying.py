from __future__ import annotations

import json
import shlex
import time
from collections.abc import Iterator

import pytest

from orchestrator.core.history import Attempt, AttemptState
from orchestrator.display import cloud_logs, saying
from orchestrator.testing.build import attempt
from orchestrator.testing.fakes import BEGIN


@pytest.fixture(autouse=True)
def _in_utc(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setenv("TZ", "UTC")
    time.tzset()
    yield
    monkeypatch.undo()
    time.tzset()


def entry(**fields: object) -> str:
    return json.dumps({"severity": "INFO", "time": "2018-02-02T05:01:02.123Z", "message": "read", **fields})


@pytest.mark.parametrize(
    ("line", "expected"),
    [
        (entry(), ["05:01:02.123  INFO     read"]),
        (entry(rows=3, name="a", what="two words"), ['05:01:02.123  INFO     read  rows=3  name=a  what="two words"']),
        (entry(**{"logging.googleapis.com/labels": {"run": "x"}}), ["05:01:02.123  INFO     read"]),
        (
            entry(stack_trace="Traceback:\n  line\n"),
            ["05:01:02.123  INFO     read", "    stack_trace:", "      Traceback:", "        line"],
        ),
        (entry(message="one\ntwo"), ["05:01:02.123  INFO     one", "    two"]),
        (entry(time="soon"), ["soon  INFO     read"]),
        (json.dumps({"message": "bare"}), ["bare"]),
        ("no JSON at all", ["no JSON at all"]),
        ('{"other": 1}', ['{"other": 1}']),
        ("[" * 100_000, ["[" * 100_000]),
        ("a\x1b[2J\tb", ["a [2J    b"]),
        (entry(message="\x1b[2J", x="\x07"), ['05:01:02.123  INFO      [2J  x="\\u0007"']),
    ],
)
def test_lines_become_readable(line: str, expected: list[str]) -> None:
    """The step kit's as time, severity, message, fields; others as they are; none can move the cursor."""
    assert [each.rstrip() for each in saying.readable(line, colour=False)] == expected


def test_trouble_has_a_colour() -> None:
    """By its severity."""
    assert saying.readable(entry(severity="ERROR"), colour=True)[0].startswith("\x1b[31m")
    assert not saying.readable(entry(), colour=True)[0].startswith("\x1b")


CONSOLE = "https://console.example/logs/viewer?project=prod-1&advancedFilter=x"


def of(log: str) -> Attempt:
    execution = "projects/prod-1/locations/europe-west1/jobs/toy-load/executions/toy-load-abcde"
    return Attempt(
        id=attempt("load"), state=AttemptState.FAILED, digest="", intended=BEGIN, execution=execution, log=log
    )


def test_the_cloud_is_asked_with_the_right_filter() -> None:
    """Job's resource, execution, task and time; the time because gcloud leaves out what is older than a day."""
    address, line = cloud_logs.render(of(CONSOLE), task=2, lines=50, follow=False)
    words = shlex.split(line)
    assert address == f"its log: {CONSOLE}"
    assert words[:3] == ["gcloud", "logging", "read"]
    assert words[3] == (
        'resource.type="cloud_run_job" labels."run.googleapis.com/execution_name"="toy-load-abcde"'
        ' labels."run.googleapis.com/task_index"="2" timestamp>="2018-02-02T05:01:00Z"'
    )
    assert {"--order=desc", "--limit=50", "--project=prod-1"} <= set(words)


def test_all_lines_come_in_order() -> None:
    """Without a limit the oldest is first."""
    assert "--order=asc" in cloud_logs.command(of(CONSOLE), task=None, lines=None, follow=False)


def test_the_cloud_is_followed_by_its_own_command() -> None:
    """Which takes no time and no limit; the project is found in the name of a resource as well."""
    words = cloud_logs.command(of("projects/prod-2/locations/x"), task=None, lines=50, follow=True)
    assert words[:4] == ["gcloud", "beta", "logging", "tail"]
    assert "--project=prod-2" in words
    assert cloud_logs.render(of("projects/prod-2/locations/x"), task=None, lines=50, follow=True) == [shlex.join(words)]
