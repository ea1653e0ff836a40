from __future__ import annotations

import io
import json
import os
import pty
from datetime import timedelta

import pytest

from orchestrator.core import events, history
from orchestrator.core.events import Event, Failure, FailureKind, Outcome
from orchestrator.core.states import RunView, StepState, abandoned, fold
from orchestrator.core.story import Severity
from orchestrator.display import as_json, live, paint, plans, summary, table
from orchestrator.display.lines import TextLines
from orchestrator.testing import build
from orchestrator.testing.build import attempt, step
from orchestrator.testing.fakes import BEGIN, FakeClock

PIPELINE = build.pipeline(step("extract", tasks=4, parallelism=2), step("report", ["extract"]))
NOW = BEGIN + timedelta(seconds=5)
STARTED = (
    events.Intended(at=BEGIN, attempt=attempt("extract"), digest="sha256:1"),
    events.Started(at=BEGIN, attempt=attempt("extract"), execution="process 7", log="/logs/1"),
)
FAILURE = Failure(kind=FailureKind.EXIT_CODE, message="exited with 65 (bad data)", code=65, last_lines=("oh no",))
FAILED = (
    *STARTED,
    events.Failed(at=NOW, attempt=attempt("extract"), ended=NOW, failure=FAILURE),
    events.Exhausted(at=NOW, step="extract", reason="another attempt would not help"),
    events.Skipped(at=NOW, step="report", because=("extract",)),
    events.Finished(at=NOW, outcome=Outcome.FAILED),
)


def view(*happened: Event) -> RunView:
    return fold(build.log(PIPELINE, *happened))


def test_table_shows_each_step() -> None:
    """State, attempt, tasks, time, and what a waiting step waits for."""
    lines = table.lay_out(table.rows(view(*STARTED), NOW, {attempt("extract"): 3}), width=paint.UNLIMITED, colour=False)
    assert [line.split()[:7] for line in lines[1:]] == [
        ["extract", "running", "1", "of", "3", "3", "of"],
        ["report", "pending", "waits", "for", "extract"],
    ]
    assert lines[1].endswith("5.0 s")


def test_headline_says_how_the_run_stands() -> None:
    """Running, failed, succeeded, stopped by somebody, or left alone."""
    released = events.Released(at=NOW, driver="one", reason="SIGTERM")
    done = events.Finished(at=NOW, outcome=Outcome.SUCCEEDED)
    for happened, words in (
        ([], "running · 0 of 2 steps done · 5.0 s"),
        (FAILED, "failed"),
        ([done], "succeeded"),
        ([released], "stopped (SIGTERM): run it again to continue"),
    ):
        assert words in table.headline(view(*happened), NOW)
    assert "it died" in table.headline(abandoned(view(), "it died"), NOW)
    assert "open: run it to continue" in table.headline(fold(build.log(PIPELINE)[:1]), NOW)


@pytest.mark.parametrize("width", [1, 10, 30, 60, 200])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    """Narrow terminals lose what stands on the right, nothing wraps."""
    lines = table.render(view(*FAILED), NOW, width=width, colour=False)
    assert len(lines) == 4
    assert max(map(len, lines)) <= width


def test_colours_do_not_change_the_words() -> None:
    """They come from the state."""
    row = table.Row(state=StepState.FAILED, cells=("a", "failed", "", "", "", "", ""))
    plain, coloured = (table.lay_out([row], width=80, colour=colour)[1] for colour in (False, True))
    assert f"\x1b[31m{plain}\x1b[0m" == coloured


def test_colour_is_wanted_on_terminals_only() -> None:
    """And NO_COLOR is obeyed there."""
    first, second = pty.openpty()
    with os.fdopen(first, "rb"), os.fdopen(second, "w") as terminal:
        assert paint.wants_colour(terminal, {})
        assert not paint.wants_colour(terminal, {"NO_COLOR": "1"})
        assert not paint.wants_colour(terminal, {"TERM": "dumb"})
    assert not paint.wants_colour(io.StringIO(), {})


def test_cut_keeps_control_characters_out() -> None:
    """What a step says cannot move the cursor."""
    assert paint.cut("a\x1b[2Jb\n", 80) == "a [2Jb "
    assert paint.cut("abcdef", 4) == "abc…"


def test_lines_tell_every_event() -> None:
    """One line each, and the step's own last lines below its failure."""
    stream = io.StringIO()
    voice = TextLines(stream)
    log = build.log(PIPELINE, *FAILED)
    voice.committed(log, fold(log))
    voice.say(Severity.ERROR, "the end")
    lines = stream.getvalue().splitlines()
    assert len(lines) == len(log) + 2
    assert "extract: attempt 1 exited with 65 (bad data) after 5.0 s" in lines[4]
    assert lines[5] == "          | oh no"
    assert lines[-1] == "the end"


class _Terminal:
    """Draws on a pseudo terminal of a size and returns what was written."""

    def __init__(self, columns: int, rows: int) -> None:
        self._first, second = pty.openpty()
        os.set_blocking(self._first, False)
        self.stream = os.fdopen(second, "w", encoding="utf-8")
        self.resize(columns, rows)

    def resize(self, columns: int, rows: int) -> None:
        import fcntl  # noqa: PLC0415
        import struct  # noqa: PLC0415
        import termios  # noqa: PLC0415

        fcntl.ioctl(self.stream.fileno(), termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))

    def written(self) -> str:
        return os.read(self._first, 1 << 20).decode()

    def close(self) -> None:
        self.stream.close()
        os.close(self._first)


def test_live_view_is_redrawn_in_place() -> None:
    """The second picture begins by going back over the first; quiet events leave no line above it."""
    terminal = _Terminal(80, 24)
    voice = live.Live(terminal.stream, FakeClock(NOW), colour=False)
    log = build.log(PIPELINE, *STARTED)
    voice.committed(log, fold(log))
    first = terminal.written()
    assert not first.startswith("\x1b")
    assert first.count("\n") == 4
    voice.tick(fold(log), {attempt("extract"): 2}, NOW)
    second = terminal.written()
    assert second.startswith("\x1b[4A")
    assert "2 of 4" in second
    terminal.close()


def test_live_view_writes_what_needs_attention_above() -> None:
    """A failure stays readable, the picture follows below; what is said at the end comes after."""
    terminal = _Terminal(80, 24)
    voice = live.Live(terminal.stream, FakeClock(NOW), colour=False)
    log = build.log(PIPELINE, *FAILED)
    voice.committed(log, fold(log))
    text = terminal.written()
    assert text.index("| oh no") < text.index("toy-2018-02-01-g1 · failed")
    voice.say(Severity.NOTICE, "in between")
    assert terminal.written().index("in between") < 30
    voice.close()
    voice.say(Severity.ERROR, "the end")
    assert terminal.written() == "the end\r\n"
    terminal.close()


def test_live_view_fits_the_terminal() -> None:
    """Where not every step has a line, those that run come first; no line wraps; a narrowed terminal gets a new one."""
    steps = [step(f"quiet-{number}", ["extract"]) for number in range(50)]
    log = build.log(build.pipeline(*steps, step("extract")), *STARTED)
    terminal = _Terminal(40, 10)
    voice = live.Live(terminal.stream, FakeClock(NOW), colour=False)
    voice.committed(log, fold(log))
    lines = terminal.written().replace("\x1b[K", "").replace("\x1b[J", "").splitlines()
    assert len(lines) <= 9
    assert max(map(len, lines)) < 40
    assert "extract" in lines[2]
    assert "more steps" in lines[-1]
    terminal.resize(20, 10)
    voice.tick(fold(log), {}, NOW)
    assert not terminal.written().startswith("\x1b")
    terminal.close()


def test_summary_tells_what_failed_and_what_to_do() -> None:
    """Step, reason, last lines, logs, skipped steps, remedy."""
    text = summary.of_driven(view(*FAILED))
    assert text.splitlines() == [
        "Step extract failed: attempt 1 exited with 65 (bad data) (another attempt would not help).",
        "  | oh no",
        "  its logs: /logs/1",
        "Skipped: report.",
        "When the cause is mended: nightjar retry toy-2018-02-01-g1",
    ]
    assert summary.of_finished(view(*FAILED)).splitlines()[1:] == text.splitlines()


def test_summary_of_other_ends() -> None:
    """Nothing to add to a success, a stop is resumable, a done day is done, somebody else drives or may."""
    done = view(events.Finished(at=NOW, outcome=Outcome.SUCCEEDED))
    assert summary.of_driven(done) == ""
    assert "done already, in 5.0 s" in summary.of_finished(done)
    stopped = view(events.Released(at=NOW, driver="one", reason="SIGTERM"))
    assert "the same command continues it" in summary.of_driven(stopped)
    assert "heartbeat advances" in summary.of_somebody_else(done, "other", alive=True)
    assert "run it again" in summary.of_somebody_else(done, "other", alive=False)


def test_json_says_the_same_for_programs() -> None:
    """It survives a JSON encoder, with the words of the table."""
    found = json.loads(json.dumps(as_json.run(view(*FAILED), history.read(build.log(PIPELINE, *FAILED)), NOW, [])))
    assert (found["outcome"], found["state"]) == ("failed", "finished")
    assert found["steps"]["extract"]["failure"]["code"] == 65
    assert found["steps"]["extract"]["seconds"] == 5.0
    assert found["steps"]["report"]["why"] == "because of extract"


@pytest.mark.parametrize(
    ("happened", "expected"),
    [
        ([], "start extract, attempt 1"),
        ([*STARTED, events.Claimed(at=NOW, driver="two")], "adopt extract, attempt 1"),
        (STARTED, "wait at most 20:55"),
        (FAILED[:3], "give up extract: another attempt would not help"),
        (FAILED[:4], "skip report, because of extract"),
        (FAILED[:5], "finish: failed"),
    ],
)
def test_plan_is_told_in_words(happened: list[Event], expected: str) -> None:
    """The decision as it stands now, then what is left in its order."""
    lines = plans.render(view(*happened), NOW)
    assert f"  {expected}" == lines[2]


def test_plan_of_a_finished_run() -> None:
    """There is nothing to do."""
    assert plans.render(view(*FAILED), NOW) == ["toy-2018-02-01-g1 failed: there is nothing to do."]


def test_plan_lists_what_is_left() -> None:
    """In dependency order, with what each runs from."""
    lines = plans.render(view(), NOW)
    assert lines[4].startswith("  extract: process: sha256:000000000000, 4 tasks, 2 at once")
    assert lines[5].startswith("  report after extract: process:")
