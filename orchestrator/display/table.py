"""A run as a table: what `status` prints, and the rows of the live view."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.core import explain
from orchestrator.core.events import Outcome
from orchestrator.core.states import DONE, RunState, RunView, StepState, StepView
from orchestrator.core.story import elapsed, seconds
from orchestrator.display.paint import cut, of_state
from steps.kit.contract import AttemptId

_HEAD = ("step", "state", "attempts", "tasks", "started", "time", "")
_GAP = "  "


@dataclass(frozen=True, slots=True, kw_only=True)
class Row:
    """One step, ready to be laid out."""

    state: StepState
    cells: tuple[str, ...]


def render(view: RunView, now: datetime, *, width: int, colour: bool) -> list[str]:
    """The run's head line and its table, no line wider than `width`."""
    return [cut(headline(view, now), width), *lay_out(rows(view, now, {}), width=width, colour=colour)]


def headline(view: RunView, now: datetime) -> str:
    """The run as one line."""
    done = len(view.in_state(*DONE))
    return f"{view.run} · {state(view)} · {done} of {len(view.steps)} steps done · {seconds(elapsed(view, now))}"


def state(view: RunView) -> str:
    """The run's state in words."""
    if view.outcome is Outcome.CANCELLED:
        return f"cancelled by {view.cancelled_by}"
    if view.outcome is not None:
        return str(view.outcome)
    if view.state is RunState.DRIVEN:
        return "being cancelled" if view.cancelled_by else "running"
    return f"stopped ({view.stopped}): run it again to continue" if view.stopped else "open: run it to continue"


def rows(view: RunView, now: datetime, tasks_done: Mapping[AttemptId, int]) -> list[Row]:
    """Each step of the run."""
    return [_row(view, name, now=now, tasks_done=tasks_done) for name in view.steps]


def lay_out(table: Sequence[Row], *, width: int, colour: bool) -> list[str]:
    """The lines of a table; on a narrow terminal the columns on the right go first."""
    head, *body = grid([_HEAD, *(row.cells for row in table)], width=width)
    return [head, *(of_state(line, row.state, colour=colour) for line, row in zip(body, table, strict=True))]


def grid(lines: Sequence[Sequence[str]], *, width: int) -> list[str]:
    """Cells in columns, the first line being the head; no line is wider than `width`."""
    widths = [max(map(len, column)) for column in zip(*lines, strict=True)]
    laid = (_GAP.join(f"{cell:<{width}}" for cell, width in zip(line, widths, strict=True)) for line in lines)
    return [cut(line.rstrip(), width) for line in laid]


def _row(view: RunView, name: str, *, now: datetime, tasks_done: Mapping[AttemptId, int]) -> Row:
    step = view.steps[name]
    spec = view.release.pipeline.steps[name]
    budget = step.before + spec.retry.attempts
    cells = (
        name,
        str(step.state),
        f"{step.number} of {budget}" if step.number else "",
        _tasks(view, name, tasks_done),
        step.first_started.astimezone().strftime("%H:%M:%S") if step.first_started else "",
        _time(step, now),
        explain.why(view.release.pipeline, view, name, now=now),
    )
    return Row(state=step.state, cells=cells)


def _tasks(view: RunView, name: str, tasks_done: Mapping[AttemptId, int]) -> str:
    tasks = view.release.pipeline.steps[name].tasks
    if tasks == 1:
        return ""
    step = view.steps[name]
    done = tasks if step.state in DONE else tasks_done.get(view.attempt(name), 0) if step.number else 0
    return f"{done} of {tasks}"


def _time(step: StepView, now: datetime) -> str:
    """How long the last attempt has taken."""
    if step.started is None:
        return ""
    return seconds(max((step.ended or now) - step.started, timedelta()))
