"""The days that pages are made of in these tests: recorded, empty, hostile, and far too large."""

from __future__ import annotations

import datetime as dt
import json
import pathlib
from typing import Final

from steps.kit.contract import day_bounds
from steps.report.sample import LAW, ZONE, Published, event, many, past, published
from steps.validate.check import Day
from steps.validate.sort import sort

RECORDED: Final = pathlib.Path("tests/data/usgs-2018-02.geojson")
RECORDED_DAYS: Final = {
    dt.date(2018, 1, 31): 214,
    dt.date(2018, 2, 1): 233,
    dt.date(2018, 2, 2): 246,
    dt.date(2018, 2, 3): 269,
}
"""Whole local days of New York in the recorded file, and how many events each has."""

ATTACKS: Final = (
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "</title></svg></style></textarea><script>alert(1)</script>",
    "' autofocus onfocus=alert(1) x='",
    "javascript:alert(1)",
    "<!-- <![CDATA[ ]]> --> <?php ?>",
    "&lt;b&gt; &#x3C;script&#x3E; &amp;amp;",
    "{{7*7}} ${7*7} %(name)s {0} {}",
    "\u202egnp.exe\u2066\u200f",
    "\x00\x07\x1b[31mred\x7f\x85\uffff",
    "\ud800 lone \udfff",
    "תל אביב القاهرة 東京 🌋",
    "Z" + "\u0301" * 400,
    "long " * 20_000,
    "\n\r\t \u2028\u2029",
    "@import url(https://evil.example/x.css)",
)
"""Texts that a catalogue might hold, by accident or on purpose."""


def recorded(day: dt.date) -> Published:
    """A recorded day, as validate lets it pass."""
    start, end = day_bounds(day, ZONE)
    features = json.loads(RECORDED.read_bytes())["features"]
    times = {
        feature["id"]: dt.datetime.fromtimestamp(feature["properties"]["time"] / 1000, dt.UTC) for feature in features
    }
    checked = sort([feature for feature in features if start <= times[feature["id"]] < end], Day(start, end))
    history = past(3, 4, 5)
    for back, entry in enumerate(reversed(history)):
        entry["logical_date"] = str(day - dt.timedelta(days=back))
    return published(
        [dict(event.as_json()) for event in checked.valid],
        date=day,
        quarantine=[dict(entry.as_json()) for entry in checked.quarantined],
        history=history,
        statistics={"gutenberg_richter": dict(LAW)},
    )


def hostile() -> Published:
    """Each attack in each text of each input, and numbers at the edges."""
    events = [
        event(id=attack[:30], place=attack, type=attack, magnitude_type=attack, magnitude=9.9 - index / 10)
        for index, attack in enumerate(ATTACKS)
    ]
    events += [
        event(id="us0001", magnitude=None, depth_km=None, place=None, magnitude_type=None),
        event(id="us0002", magnitude=float("nan"), depth_km=float("inf"), place=""),
        event(id="us0003", latitude=90, longitude=180),
        event(id="us0004", latitude=-90, longitude=-180, magnitude=-4.9, depth_km=-99.0),
        event(id="us0005", latitude=0, longitude=-30),
        event(id="us0006", latitude=1e300, longitude=-1e300, depth_km=1e300),
    ]
    return published(
        events,
        quarantine=[{"reason": attack, "detail": attack, "feature": {"x": attack}} for attack in ATTACKS],
        findings=[
            {"kind": attack, "severity": severity, "title": attack, "detail": attack}
            for attack in ATTACKS
            for severity in ("info", "notice", "alert")
        ],
        history=past(10, 12, len(events)),
        statistics={"gutenberg_richter_reason": ATTACKS[0]},
    )


def cases() -> dict[str, Published]:
    """All days by name."""
    return {
        **{f"recorded {day}": recorded(day) for day in RECORDED_DAYS},
        "empty": published([]),
        "short": published([], date=dt.date(2018, 3, 11)),
        "long": published([], date=dt.date(2018, 11, 4)),
        "hostile": hostile(),
        "large": published(many(20_000), history=past(200, 20_000), statistics={"gutenberg_richter": dict(LAW)}),
    }
