from __future__ import annotations

import dataclasses
import io
import os
import pty
from datetime import timedelta

import pytest

from orchestrator.core import attention, events, history
from orchestrator.core.events import Event, Failure, FailureKind, Outcome
from orchestrator.core.states import RunState, fold
from orchestrator.display import as_json, overview, page, paint, screen
from orchestrator.display.overview import Seen
from orchestrator.display.screen import Screen
from orchestrator.testing import build
from orchestrator.testing.build import RUN, attempt, step
from orchestrator.testing.fakes import BEGIN

PIPELINE = build.pipeline(step("extract", tasks=4, parallelism=2), step("report", ["extract"]))
NOW = BEGIN + timedelta(seconds=90)
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 75 (worth another attempt)", code=75)
STARTED = (
    events.Intended(at=BEGIN, attempt=attempt("extract"), digest="sha256:" + "1" * 64),
    events.Started(at=BEGIN, attempt=attempt("extract"), execution="process 7", log="/logs/1"),
)
RETRYING = (
    *STARTED,
    events.Failed(at=NOW, attempt=attempt("extract"), ended=NOW, failure=FAILURE),
    events.RetryScheduled(at=NOW, step="extract", number=2, due=NOW + timedelta(seconds=30)),
)
AGAIN = (
    *RETRYING,
    events.Intended(at=NOW, attempt=attempt("extract", 2), digest="sha256:" + "2" * 64),
    events.Started(at=NOW, attempt=attempt("extract", 2), execution="process 8", log="/logs/2"),
)
FAILED = (
    *RETRYING[:3],
    events.Exhausted(at=NOW, step="extract", reason="no attempt is left of 1"),
    events.Skipped(at=NOW, step="report", because=("extract",)),
    events.Finished(at=NOW, outcome=Outcome.FAILED),
)


def seen(*happened: Event) -> Seen:
    log = build.log(PIPELINE, *happened)
    return Seen(fold(log), history.read(log), log)


def show(*runs: Seen, on: Screen | None = None) -> list[str]:
    concerns = attention.concerns([each.view for each in runs])
    return overview.render(runs, concerns, NOW, on or Screen())


def render(run: Seen, on: Screen | None = None) -> list[str]:
    return page.render(run.view, run.history, NOW, on or Screen())


def test_attention_comes_first_then_what_runs_then_all() -> None:
    """A day that failed, and another that is about to try again."""
    failed = seen(*FAILED)
    other = seen(*RETRYING)
    run = dataclasses.replace(RUN, logical_date=RUN.logical_date + timedelta(days=1))
    running = dataclasses.replace(other, view=dataclasses.replace(other.view, run=run))
    lines = show(running, failed)
    assert lines[:3] == [
        "1 needs attention",
        f"{RUN} failed: extract: exited with 75 (worth another attempt)",
        f"  → nightjar logs {RUN}",
    ]
    assert lines[5] == "Running"
    assert lines[6].startswith(f"{run} · running")
    assert "next attempt in 30 s" in lines[7]
    assert [line.split()[:2] for line in lines[9:]] == [
        ["Runs"],
        ["run", "state"],
        [str(run), "running"],
        [str(RUN), "failed"],
    ]


def test_quiet_days_are_a_table_alone() -> None:
    """With who asked, or the machine that drove unasked."""
    lines = show(seen(events.Finished(at=NOW, outcome=Outcome.SUCCEEDED)))
    assert lines[0] == "Runs"
    assert lines[2].endswith("  1:30  one")
    cancelled = seen(
        events.CancelRequested(at=NOW, by="bob", why=""), events.Finished(at=NOW, outcome=Outcome.CANCELLED)
    )
    assert show(cancelled)[-1].endswith("  bob")


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], "running"),
        ([events.CancelRequested(at=NOW, by="bob", why="")], "cancelling"),
        ([events.Released(at=NOW, driver="one", reason="SIGTERM")], "stopped"),
        (FAILED, "failed"),
    ],
)
def test_a_runs_state_is_one_word(happened: list[Event], expected: str) -> None:
    """As the table has it."""
    assert overview.state(seen(*happened).view) == expected
    assert overview.state(dataclasses.replace(seen().view, state=RunState.OPEN)) == "open"


@pytest.mark.parametrize("width", [40, 60, 80, 200])
def test_nothing_is_wider_than_the_screen(width: int) -> None:
    """But for the commands, which have to be copied whole."""
    for lines in (show(seen(*FAILED), on=Screen(width=width)), render(seen(*AGAIN), Screen(width=width))):
        assert max(len(line) for line in lines if "→" not in line) <= width


def test_attempts_show_under_which_digest_each_ran() -> None:
    """Where a step has several; a wide screen has the executions too."""
    lines = render(seen(*AGAIN))
    start = next(n for n, line in enumerate(lines) if line.startswith("attempt"))
    assert [line.split()[:4] for line in lines[start + 1 :]] == [
        ["extract", "1", "failed", "1" * 12],
        ["extract", "2", "running", "2" * 12],
    ]
    assert "process 7" in lines[start + 1]
    assert not any("process 7" in line for line in render(seen(*AGAIN), Screen(width=80)))
    assert not any(line.startswith("attempt") for line in render(seen(*FAILED)))


def test_head_tells_who_did_what() -> None:
    """Release, decisions with their reasons, driver, end."""
    reopened = events.Reopened(at=NOW, steps=("extract", "report"), by="ann", why="it is back")
    lines = render(seen(*FAILED, reopened, events.Claimed(at=NOW, driver="two")))
    assert lines[1] == "  release   000000000000"
    assert lines[3].startswith("  retried   ")
    assert lines[3].endswith(" (extract, report) by ann: it is back")
    assert lines[4] == "  driven by two"
    ended = render(seen(*FAILED))
    assert ended[4].startswith("  finished ")
    assert ended[-2:] == [f"  → nightjar logs {RUN}", f"  → nightjar retry {RUN}"]


def test_a_rerun_says_what_stands() -> None:
    """Which steps it takes over, and who wanted it."""
    opened, *rest = build.log(PIPELINE)
    event = opened.event
    assert isinstance(event, events.Opened)
    again = dataclasses.replace(event, by="ann", why="corrected", reused=("extract",))
    log = (dataclasses.replace(opened, event=again), *rest)
    lines = page.render(fold(log), history.read(log), NOW, Screen())
    assert lines[2].endswith(" by ann: corrected")
    assert lines[4].startswith("  reused    extract: ")


def test_events_are_told_with_their_numbers() -> None:
    """One line each, no wider than the screen."""
    lines = page.events(build.log(PIPELINE, *FAILED), Screen(width=60))
    assert len(lines) == 2 + len(FAILED)
    assert lines[4].startswith("   5  20")
    assert "extract: attempt 1 exited" in lines[4]
    assert max(map(len, lines)) <= 60


def test_json_has_every_attempt() -> None:
    """Number, digest, execution, times, outcome, log; and the events in words."""
    run = seen(*AGAIN)
    found = as_json.run(run.view, run.history, NOW, [])
    steps = found["steps"]
    assert isinstance(steps, dict)
    first, second = steps["extract"]["history"]
    assert (first["number"], first["outcome"], first["execution"], first["log"]) == (
        1,
        "failed",
        "process 7",
        "/logs/1",
    )
    assert (first["started"], first["ended"]) == ("2018-02-02T05:01:00Z", "2018-02-02T05:02:30Z")
    assert [each["digest"][7] for each in (first, second)] == ["1", "2"]
    assert [each["seq"] for each in as_json.events(run.log)] == list(range(1, len(run.log) + 1))


def test_poor_screens_get_ascii() -> None:
    """Character by character, so that columns stay columns."""
    text = Screen(unicode=False).text(["a · b…", "█▒░▶✗ ┊─┬→ é"])
    assert text == "a . b~\n#=->x /-+> ?\n"


@pytest.mark.parametrize(
    ("environment", "expected"),
    [
        ({}, True),
        ({"TERM": "xterm"}, True),
        ({"TERM": "dumb"}, False),
        ({"TERM": "linux"}, False),
        ({"LANG": "C"}, False),
        ({"LANG": "de_DE.UTF-8"}, True),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False),
        ({"LC_ALL": "", "LANG": "C.utf8"}, True),
    ],
)
def test_the_locale_and_the_terminal_decide(environment: dict[str, str], *, expected: bool) -> None:
    """Blocks and lines where they can be shown."""
    first, second = pty.openpty()
    with os.fdopen(first, "rb"), os.fdopen(second, "w", encoding="utf-8") as terminal:
        assert screen.of(terminal, environment).unicode is expected


def test_what_is_no_terminal_is_as_wide_as_needed() -> None:
    """And its encoding decides what it can show."""
    found = screen.of(io.TextIOWrapper(io.BytesIO(), encoding="ascii"), {})
    assert (found.width, found.colour, found.unicode) == (paint.UNLIMITED, False, False)
    assert found.drawing_width == 100
