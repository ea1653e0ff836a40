"""An alert as Slack and those that take Slack's messages read it: JSON with `text` and `blocks`. Pure.

What a step said may be anything, so it is escaped by Slack's rules and cannot mention, link or format; each part stays
below the limit of its block.
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from typing import Any, Final

from orchestrator.alerts.alert import Alert
from orchestrator.core.story import Severity

_HEADER: Final = 150
_SECTION: Final = 3_000
_NOTE: Final = 1_000
_MARKS: Final = {
    Severity.INFO: ":information_source:",
    Severity.NOTICE: ":white_check_mark:",
    Severity.WARNING: ":warning:",
    Severity.ERROR: ":rotating_light:",
}


def body(alert: Alert) -> bytes:
    """The body of the request."""
    return json.dumps(message(alert)).encode()


def message(alert: Alert) -> dict[str, Any]:
    """The message: `text` is for notifications, `blocks` for the channel."""
    blocks = [
        {"type": "header", "text": {"type": "plain_text", "text": _fit(alert.title, _HEADER)}},
        _section(f"{_MARKS[alert.severity]} {_fit(alert.text, _SECTION - 100)}"),
    ]
    if alert.said:
        blocks.append(_section(_code(alert.said)))
    blocks.append(_section(f"{_fit(alert.advice, _NOTE)}: `{_fit(alert.command, _NOTE)}`"))
    notes = [alert.key, *([f"log: {alert.log}"] if alert.log else [])]
    elements = [{"type": "plain_text", "text": _fit(note, _NOTE)} for note in notes]
    blocks.append({"type": "context", "elements": elements})
    return {"text": _fit(alert.title, _SECTION), "blocks": blocks}


def escape(text: str) -> str:
    """Text in which the three characters that mean something to Slack mean themselves."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")


def _section(text: str) -> dict[str, Any]:
    return {"type": "section", "text": {"type": "mrkdwn", "text": text}}


def _code(lines: Sequence[str]) -> str:
    """A block of code that its content cannot end, with as many of the last lines as fit."""
    kept = [escape(line.replace("```", "'''")) for line in lines]
    while len("\n".join(kept)) > _SECTION - 10:
        kept.pop(0)
    return "\n".join(["```", *kept, "```"])


def _fit(text: str, most: int) -> str:
    """Escaped text of at most so many characters, no escape cut in two."""
    escaped = escape(text)
    return escaped if len(escaped) <= most else re.sub(r"&[a-z]*$", "", escaped[: most - 1]) + "…"
