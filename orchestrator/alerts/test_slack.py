from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from orchestrator.alerts import freshness, slack
from orchestrator.alerts.alert import Alert, last_words
from orchestrator.alerts.rules import follow
from orchestrator.core.events import Event, Outcome
from orchestrator.core.model import AlertKind
from orchestrator.core.story import Severity
from orchestrator.testing import build
from orchestrator.testing.build import RUN
from orchestrator.testing.days import FAILS, PIPELINE, SUCCEEDS
from orchestrator.testing.fakes import BEGIN

GOLDEN = Path(__file__).parent / "golden.txt"


def told(*happened: Event, previous: Outcome | None = None) -> list[Alert]:
    """Every alert of a day."""
    scene, found = None, list[Alert]()
    for recorded in build.log(PIPELINE, *happened):
        scene, alerts = follow(scene, recorded, previous=previous)
        found += alerts
    return found


def shown(message: dict[str, Any]) -> str:
    """A message as a person reads it in Slack: its blocks from the top, each under its kind."""
    texts = [
        f"[{block['type']}]\n" + "\n".join(part["text"] for part in block.get("elements", [block.get("text")]))
        for block in message["blocks"]
    ]
    return "\n".join([f"text: {message['text']}", *texts, ""])


def test_messages_look_as_they_should() -> None:
    """The golden file is what people read; to change it, change it there first."""
    stale = freshness.Stale(step="c", output="page.html", newest=BEGIN, limit=timedelta(hours=36))
    alerts = [*told(*FAILS), *told(*SUCCEEDS, previous=Outcome.FAILED)[:1], freshness.alert(RUN, stale)]
    assert GOLDEN.read_text(encoding="utf-8") == "\n".join(shown(slack.message(alert)) for alert in alerts)


@given(st.text(max_size=5_000), st.lists(st.text(max_size=500), max_size=40))
def test_any_text_fits_its_block_and_cannot_break_out(text: str, lines: list[str]) -> None:
    """Blocks stay below Slack's limits, and nothing that a step says mentions, links or ends the code."""
    alert = Alert(
        kind=AlertKind.FAILED,
        severity=Severity.ERROR,
        key="k",
        run=RUN,
        title=text,
        text=text,
        said=last_words([*lines, "<!channel> ``` &"]),
        advice=text,
        command=text,
        log=text,
    )
    message = json.loads(slack.body(alert))
    header, section, code, advice, context = message["blocks"]
    assert len(header["text"]["text"]) <= 150
    assert all(len(block["text"]["text"]) <= 3_000 for block in (section, code, advice))
    assert all(len(element["text"]) <= 3_000 for element in context["elements"])
    assert code["text"]["text"].endswith("&lt;!channel&gt; ''' &amp;\n```")
    assert code["text"]["text"].count("```") == 2
    assert not {"<", ">"} & set(slack.body(alert).decode())


def test_an_escape_is_never_cut_in_two() -> None:
    """What is too long ends in whole characters and a mark."""
    assert slack._fit("<" * 10, 11) == "&lt;&lt;…"
    assert slack._fit("a" * 10, 10) == "a" * 10
