"""The command `logs`: the step's own words, the failing one's where none is named. It only reads.

What runs on this machine is read here; of what runs elsewhere it says how it is read.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date

from orchestrator import app, streams
from orchestrator.clock import SystemClock
from orchestrator.commands import finding
from orchestrator.config import Config
from orchestrator.core.errors import UnknownName
from orchestrator.core.history import OPEN, Attempt, History
from orchestrator.core.states import RunState, RunView, StepState
from orchestrator.display import cloud_logs, paint, saying, screen
from orchestrator.display.overview import Seen
from orchestrator.exits import ExitCode
from orchestrator.runners.output import Output, Reader, Stream
from orchestrator.runners.output import of as output_of
from steps.kit.contract import RunId

LINES = 50
_TROUBLE = (StepState.FAILED, StepState.TRIED, StepState.RETRYING)


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Whose words: `lines` is how many of the last ones of each task, None for all."""

    step: str | None = None
    attempt: int | None = None
    task: int | None = None
    lines: int | None = LINES


def logs(config: Config, target: RunId | date, wanted: Wanted, *, follow: bool) -> ExitCode:
    """Print what steps of a run said; with `follow` also what they go on to say."""
    with app.opened(config) as store:
        seen, *_ = finding.runs(store, config, target, now=SystemClock().now())
        if wanted.step is not None:
            finding.step(seen.view, wanted.step)
        if follow and store is not None and _goes_on(seen):
            from orchestrator.commands import following  # noqa: PLC0415

            following.follow(store, seen, wanted, Printer.on_stdout(raw=config.as_json))
            return ExitCode.DONE
    printer = Printer.on_stdout(raw=config.as_json)
    for attempt in chosen(seen, wanted):
        _print_attempt(printer, seen.view, attempt, wanted)
    return ExitCode.DONE


@dataclass(frozen=True, slots=True)
class Printer:
    """Lines of steps on standard output, headings on it too unless the lines are for a program."""

    screen: screen.Screen
    raw: bool

    @classmethod
    def on_stdout(cls, *, raw: bool) -> Printer:
        """For this process's standard output."""
        return cls(screen.of(sys.stdout, os.environ), raw)

    def heading(self, text: str) -> None:
        """Whose words follow."""
        if not self.raw:
            self._write([paint.bold(paint.cut(text, self.screen.width), colour=self.screen.colour)])

    def note(self, text: str) -> None:
        """What is not the step's."""
        print(text, file=sys.stderr if self.raw else sys.stdout)

    def line(self, line: str, *, prefix: str = "") -> None:
        """One line of a step."""
        lines = [line] if self.raw else saying.readable(line, colour=self.screen.colour)
        self._write(f"{prefix}{each}" for each in lines)

    def flush(self) -> None:
        """Show what was written so far."""
        sys.stdout.flush()

    def _write(self, lines: Iterable[str]) -> None:
        streams.show("".join(f"{line}\n" for line in lines) if self.raw else self.screen.text(lines))


def chosen(seen: Seen, wanted: Wanted) -> tuple[Attempt, ...]:
    """The attempts to show: of the named step, else of those in trouble, else of all. Raises UnknownName for none."""
    view, history = seen.view, seen.history
    if wanted.step is None and wanted.attempt is not None:
        raise UnknownName([f"--attempt {wanted.attempt}: of which step? Name it behind {view.run}"])
    names = (wanted.step,) if wanted.step else view.in_state(*_TROUBLE) or tuple(view.steps)
    if found := tuple(each for name in names if (each := _attempt(history, name, wanted.attempt)) is not None):
        return found
    raise UnknownName([_nothing(view, history, wanted)])


def _goes_on(seen: Seen) -> bool:
    """Whether there may be more to come."""
    return seen.view.state is RunState.DRIVEN or any(each.state in OPEN for each in seen.history.attempts)


def _attempt(history: History, step: str, number: int | None) -> Attempt | None:
    attempts = history.of(step)
    return next((each for each in reversed(attempts) if number in (None, each.id.number)), None)


def _nothing(view: RunView, history: History, wanted: Wanted) -> str:
    if wanted.step is None:
        return f"No step of {view.run} has been tried yet: `nightjar status {view.run}` says why"
    if attempts := history.of(wanted.step):
        numbers = ", ".join(str(each.id.number) for each in attempts)
        return f"--attempt {wanted.attempt}: {wanted.step} of {view.run} has {numbers}"
    state = view.steps[wanted.step].state
    return f"{wanted.step} of {view.run} has not been tried, it is {state}: `nightjar status {view.run}` says why"


def _print_attempt(printer: Printer, view: RunView, attempt: Attempt, wanted: Wanted) -> None:
    how = f": {attempt.message}" if attempt.message else ""
    title = f"{attempt.id} {attempt.state}{how}"
    if not attempt.log:
        printer.heading(title)
        printer.note("  it was never started, so it said nothing")
    elif (output := output_of(attempt.log)) is None:
        printer.heading(title)
        for line in cloud_logs.render(attempt, task=wanted.task, lines=wanted.lines, follow=False):
            printer.note(line)
    else:
        _print_output(printer, output, title, task=_task(view, attempt, wanted), lines=wanted.lines)


def _print_output(printer: Printer, output: Output, title: str, *, task: int | None, lines: int | None) -> None:
    if not output.exists:
        printer.heading(title)
        printer.note(f"  what it said was written to {output.directory}, which is not on this machine (any more)")
        return
    streams = output.streams(task)
    if task is not None and not streams:
        known = ", ".join(sorted({str(each.task) for each in output.streams()}, key=int))
        raise UnknownName([f"--task {task}: {output.directory} has the tasks {known or 'none'}"])
    spoke = [stream for stream in streams if _print_stream(printer, stream, title, lines=lines)]
    if not spoke:
        printer.heading(title)
        printer.note("  it said nothing")


def _print_stream(printer: Printer, stream: Stream, title: str, *, lines: int | None) -> bool:
    reader = Reader(stream.path, lines=lines)
    spoke = False
    for read in (reader.complete, reader.unfinished):
        for line in read():
            if not spoke:
                printer.heading(f"{title} · task {stream.task}, {stream.name}")
                spoke = True
            printer.line(line)
    return spoke


def _task(view: RunView, attempt: Attempt, wanted: Wanted) -> int | None:
    """The task to show: the one that is named, else the one that speaks for a failure, else every one."""
    if wanted.task is not None or attempt.failure is None:
        return wanted.task
    return attempt.failure.task if view.release.pipeline.steps[attempt.id.step].tasks > 1 else None
