"""Composes the page: inputs in, one HTML document out, and nothing else.

A pure function of the day and of the files beside it (page.css, land.json), byte for byte. The document loads nothing:
its policy forbids every source but its own style sheet, named by digest, and it has no script.
Each part of the page is a module: headline, worldmap, hours, magnitudes, trailing, tables, made.
"""

from __future__ import annotations

import base64
import hashlib
import pathlib

from steps.report.headline import headline, unusual
from steps.report.hours import hours
from steps.report.inputs import Day
from steps.report.made import made
from steps.report.magnitudes import magnitudes
from steps.report.markup import Html, tag
from steps.report.tables import largest, quarantine, regions
from steps.report.trailing import trailing
from steps.report.wording import counted, long_date
from steps.report.worldmap import worldmap


def compose(day: Day) -> str:
    """The page of the day."""
    style = (pathlib.Path(__file__).parent / "page.css").read_text(encoding="utf-8")
    return f"<!DOCTYPE html>\n{tag('html', _head(day, style), _body(day), lang='en')}\n"


def _head(day: Day, style: str) -> Html:
    title = f"Earthquakes on {long_date(day.statistics.logical_date)}"
    return tag(
        "head",
        tag("meta", charset="utf-8"),
        Html(f'<meta http-equiv="Content-Security-Policy" content="{_policy(style)}"/>'),
        tag("meta", name="viewport", content="width=device-width, initial-scale=1"),
        tag("meta", name="color-scheme", content="light dark"),
        tag("meta", name="referrer", content="no-referrer"),
        tag("meta", name="description", content=f"{title}: {counted(day.loaded, 'event')}, with map and charts."),
        # An empty icon: without it a browser asks the server for one.
        tag("link", rel="icon", href="data:,"),
        tag("title", title),
        tag("style", Html(style)),
    )


def _policy(style: str) -> str:
    digest = base64.b64encode(hashlib.sha256(style.encode()).digest()).decode()
    return f"default-src 'none'; style-src 'sha256-{digest}'; img-src data:; base-uri 'none'; form-action 'none'"


def _body(day: Day) -> Html:
    statistics = day.statistics
    return tag(
        "body",
        headline(day),
        tag(
            "main",
            unusual(day.findings),
            worldmap(day.events, statistics),
            hours(statistics),
            magnitudes(statistics),
            trailing(day.findings),
            regions(statistics),
            largest(statistics),
            quarantine(day),
        ),
        tag("footer", made(day)),
    )
