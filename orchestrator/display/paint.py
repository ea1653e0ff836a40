"""Colour and width of terminals, with plain ANSI sequences."""

from __future__ import annotations

import os
import unicodedata
from collections.abc import Mapping
from typing import TextIO

from orchestrator.core.events import Outcome
from orchestrator.core.states import RunState, StepState
from orchestrator.core.story import Severity

UNLIMITED = 10_000
"""Width of what is no terminal."""

_RESET = "\x1b[0m"
_OF_STATE = {
    StepState.SUCCEEDED: "\x1b[32m",
    StepState.REUSED: "\x1b[32m",
    StepState.FAILED: "\x1b[31m",
    StepState.TRIED: "\x1b[33m",
    StepState.RETRYING: "\x1b[33m",
    StepState.STOPPING: "\x1b[33m",
    StepState.SKIPPED: "\x1b[35m",
    StepState.RUNNING: "\x1b[36m",
    StepState.STARTING: "\x1b[36m",
}
_OF_OUTCOME = {
    Outcome.SUCCEEDED: "\x1b[32m",
    Outcome.FAILED: "\x1b[31m",
    Outcome.CANCELLED: "\x1b[35m",
}
_BOLD = "\x1b[1m"
_OF_SEVERITY = {Severity.NOTICE: "\x1b[33m", Severity.WARNING: "\x1b[33m", Severity.ERROR: "\x1b[31m"}


def wants_colour(stream: TextIO, environment: Mapping[str, str]) -> bool:
    """Whether to paint: on a terminal that knows colours, unless NO_COLOR says no."""
    return stream.isatty() and not environment.get("NO_COLOR") and environment.get("TERM") != "dumb"


def of_state(text: str, state: StepState, *, colour: bool) -> str:
    """A text in the colour of a step's state."""
    return _paint(text, _OF_STATE.get(state), colour=colour)


def of_run(text: str, state: RunState, outcome: Outcome | None, *, colour: bool) -> str:
    """A text in the colour of how a run stands: of its end, or whether somebody drives it."""
    code = "\x1b[36m" if state is RunState.DRIVEN else "\x1b[33m"
    return _paint(text, code if outcome is None else _OF_OUTCOME[outcome], colour=colour)


def bold(text: str, *, colour: bool) -> str:
    """A heading, or what is to be typed."""
    return _paint(text, _BOLD, colour=colour)


def of_severity(text: str, severity: Severity, *, colour: bool) -> str:
    """A text in the colour of a severity."""
    return _paint(text, _OF_SEVERITY.get(severity), colour=colour)


def cut(text: str, width: int) -> str:
    """The text, cut with an ellipsis to this many characters; control characters become spaces."""
    plain = "".join(" " if unicodedata.category(char) == "Cc" else char for char in text)
    return plain if len(plain) <= width else plain[: max(width - 1, 0)] + "…"


def size(stream: TextIO) -> tuple[int, int]:
    """Columns and rows of a terminal; something sensible where it does not say."""
    try:
        columns, rows = os.get_terminal_size(stream.fileno())
    except OSError:
        return 80, 24
    return columns or 80, rows or 24


def _paint(text: str, code: str | None, *, colour: bool) -> str:
    return f"{code}{text}{_RESET}" if colour and code else text
