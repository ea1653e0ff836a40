"""What somebody is told, as one value: complete, bounded, and the same however often it is derived.

Rules make it (`rules`, `freshness`), a sink turns it into what its receiver reads (`slack`). It must never hold a
secret: everything in it comes from the event log.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from orchestrator.core.model import AlertKind
from orchestrator.core.story import Severity
from steps.kit.contract import RunId

MOST_LINES: Final = 20
MOST_NAMES: Final = 30
_WIDTH: Final = 300
_CHARACTERS: Final = 2_500


@dataclass(frozen=True, slots=True, kw_only=True)
class Alert:
    """One message. `key` identifies it for ever: whoever gets it twice can tell. `step` is empty for the whole run."""

    kind: AlertKind
    severity: Severity
    key: str
    run: RunId
    step: str = ""
    title: str
    text: str
    said: tuple[str, ...] = ()
    """The last lines of the step, see `last_words`."""
    advice: str
    command: str
    """What to type, to the letter."""
    log: str = ""
    """Where the step's whole output is."""


def subject(run: RunId) -> str:
    """A run as people call it."""
    again = f" (generation {run.generation})" if run.generation > 1 else ""
    return f"{run.pipeline} {run.logical_date}{again}"


def status_command(run: RunId) -> str:
    """What shows a run."""
    return f"nightjar status {run}"


def names(steps: Sequence[str]) -> str:
    """A list of steps that stays readable."""
    rest = f" and {len(steps) - MOST_NAMES} more" if len(steps) > MOST_NAMES else ""
    return ", ".join(steps[:MOST_NAMES]) + rest


def last_words(lines: Sequence[str]) -> tuple[str, ...]:
    """The end of what a step said, printable and bounded in lines and characters."""
    kept: list[str] = []
    room = _CHARACTERS
    for line in reversed(lines[-MOST_LINES:]):
        text = "".join(each if each.isprintable() else " " for each in line).rstrip()[:_WIDTH]
        room -= len(text) + 1
        if room < 0:
            break
        kept.append(text)
    return tuple(reversed(kept))
