"""All about one run: what `nightjar status RUN` prints. Pure."""

from __future__ import annotations

import textwrap
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta

from orchestrator.core import attention
from orchestrator.core.attention import Concern
from orchestrator.core.events import Recorded
from orchestrator.core.history import Attempt, AttemptState, History
from orchestrator.core.states import RunState, RunView, StepState, fold
from orchestrator.core.story import seconds, tell
from orchestrator.display import gantt, paint, table
from orchestrator.display.screen import Screen

_ATTEMPT = ("attempt", "state", "digest", "started", "time")
_DIGEST = 12
_NARROWEST = 20
_WIDE = 120
_COLOURS = {
    AttemptState.SUCCEEDED: StepState.SUCCEEDED,
    AttemptState.RUNNING: StepState.RUNNING,
    AttemptState.STARTING: StepState.STARTING,
}


def render(view: RunView, history: History, now: datetime, screen: Screen, *, place: str = "") -> list[str]:
    """Head, steps, picture, attempts where a step has several, and what helps."""
    blocks = [
        [*_head(view, history, now, screen)],
        table.lay_out(table.rows(view, now, {}), width=screen.width, colour=screen.colour),
        gantt.render(view, history, now, screen),
        _attempts(view, history, now, screen),
    ]
    if (concern := attention.of_run(view, place=place)) is not None:
        blocks.append([*wrapped(f"{view.run} {concern.text}", screen), *helping(concern, screen)])
    return [line for block in blocks if block for line in ["", *block]][1:]


def helping(concern: Concern, screen: Screen) -> list[str]:
    """The commands that help, each to be copied as it stands."""
    return [f"  → {paint.bold(command, colour=screen.colour)}" for command in concern.commands]


def wrapped(text: str, screen: Screen) -> list[str]:
    """A sentence on as many lines as it needs."""
    return textwrap.wrap(paint.cut(text, paint.UNLIMITED), max(screen.width, _NARROWEST), subsequent_indent="    ")


def events(log: Sequence[Recorded], screen: Screen) -> list[str]:
    """The log: one line an event, with its number and in words."""
    view, lines = None, []
    for recorded in log:
        view = fold([recorded], view)
        told = tell(recorded.event, view)
        text = f"{recorded.seq:>4}  {moment(recorded.event.at)}  {told.subject}: {told.text}"
        line = paint.cut(text, screen.width)
        lines.append(paint.of_severity(line, told.severity, colour=screen.colour))
    return lines


def moment(at: datetime) -> str:
    """A time of this machine's zone, with its day."""
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S")


def _head(view: RunView, history: History, now: datetime, screen: Screen) -> Iterator[str]:
    line = paint.cut(table.headline(view, now), screen.width)
    yield paint.of_run(line, view.state, view.outcome, colour=screen.colour)
    for name, text in _facts(view, history, now):
        yield paint.cut(f"  {name:<9} {text}", screen.width)


def _facts(view: RunView, history: History, now: datetime) -> Iterator[tuple[str, str]]:
    release = view.release
    yield "release", f"{release.revision[:12]}{', with uncommitted changes' if release.dirty else ''}"
    if not history.decisions or history.decisions[0].at != view.opened:
        yield "opened", moment(view.opened)
    for decision in history.decisions:
        first, *rest = decision.what.split(" ", 1)
        why = f": {decision.why}" if decision.why else ""
        yield first, " ".join([moment(decision.at), *rest, "by", decision.by]) + why
    if history.driver:
        yield "driven by" if view.state is RunState.DRIVEN else "driver", history.driver
    if view.finished is not None:
        yield "finished", f"{moment(view.finished)}, {_age(now - view.finished)} ago"
    if reused := view.in_state(StepState.REUSED):
        yield "reused", f"{', '.join(reused)}: the results of generation {view.run.generation - 1} stand"


def _age(time: timedelta) -> str:
    return f"{time.days} days" if time.days > 1 else seconds(time)


def _attempts(view: RunView, history: History, now: datetime, screen: Screen) -> list[str]:
    """Every attempt, where there is more to say than the table of steps has."""
    several = [attempt for name in view.steps if len(each := history.of(name)) > 1 for attempt in each]
    if not several:
        return []
    wide = screen.width >= _WIDE
    rows = [(*_ATTEMPT, *(["execution"] if wide else []), "")]
    rows += [(*_attempt(each, now), *([each.execution] if wide else []), each.message) for each in several]
    lines = table.grid(rows, width=screen.width)
    states = [_COLOURS.get(attempt.state, StepState.FAILED) for attempt in several]
    body = [paint.of_state(line, state, colour=screen.colour) for line, state in zip(lines[1:], states, strict=True)]
    return [lines[0], *body]


def _attempt(attempt: Attempt, now: datetime) -> tuple[str, str, str, str, str]:
    started = attempt.started
    return (
        f"{attempt.id.step} {attempt.id.number}",
        str(attempt.state),
        attempt.digest.removeprefix("sha256:")[:_DIGEST],
        started.astimezone().strftime("%H:%M:%S") if started else "",
        seconds((attempt.ended or now) - started) if started else "",
    )
