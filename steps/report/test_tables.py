"""The headline, the findings and the tables."""

from __future__ import annotations

import datetime as dt
import xml.etree.ElementTree as ET

import pytest

from steps.report.headline import headline, unusual
from steps.report.made import made
from steps.report.sample import Json, event, many, parse, past, published
from steps.report.tables import largest, quarantine, regions


def words(root: ET.Element) -> str:
    return "".join(root.itertext())


def finding(severity: str, title: str) -> Json:
    return {"kind": "count", "severity": severity, "title": title, "detail": "In detail.", "value": None, "score": 1.5}


def rows(root: ET.Element) -> list[list[str]]:
    return [["".join(cell.itertext()) for cell in row] for row in root.iter("tr")][1:]


def test_the_headline_has_the_figures() -> None:
    """Date, zone, loaded count, what was set aside and the largest event are told, and readable by a program."""
    wrong = {"reason": "bad_time", "detail": "Its time is wrong.", "feature": {}}
    events = [event(magnitude=6.04), event(id="us2", type="quarry blast", magnitude=1.0)]
    root = parse(headline(published(events, quarantine=[wrong]).read()))
    assert (root.get("data-count"), root.get("data-quarantined"), root.get("data-logical-date")) == (
        "2",
        "1",
        "2018-02-01",
    )
    text = words(root)
    assert "Earthquakes on Thursday, 1 February 2018" in text
    assert "2 events from midnight to midnight in the time zone America/New_York (UTC\N{MINUS SIGN}5)" in text
    assert "1 earthquake, 1 quarry blast" in text
    assert "of magnitude 6.0, struck 10km S of Somewhere, Philippines at 09:30:00 EST, 33.0\u00a0km deep" in text
    assert "about what a large power station (1 gigawatt) delivers in 20 hours" in text


@pytest.mark.parametrize("events", [[], [event(magnitude=None)]], ids=["no event", "no magnitude"])
def test_a_day_without_a_largest_event(events: list[Json]) -> None:
    """Without magnitudes there is no largest event and no comparison, and the page says so."""
    text = words(parse(headline(published(events).read())))
    assert "no event with a magnitude" in text
    assert "0 joules" in text


def test_a_day_of_changing_clocks_tells_both_offsets() -> None:
    """On the day when clocks change, both offsets from UTC stand in the headline."""
    text = words(parse(headline(published([], date=dt.date(2018, 3, 11)).read())))
    assert "(UTC\N{MINUS SIGN}5, from the change of clocks on UTC\N{MINUS SIGN}4)" in text


def test_alerts_come_first() -> None:
    """Findings are ordered by severity, and each says it in words, not by colour alone."""
    found = [finding("info", "c"), finding("notice", "b"), finding("alert", "a")]
    root = parse(unusual(published([], findings=found, history=past(1, 0)).read().findings))
    assert [item.get("data-severity") for item in root.iter("li")] == ["alert", "notice", "info"]
    assert [mark.text for mark in root.iter("p") if mark.get("class") == "mark"] == ["▲ Alert", "◆ Notice", "● Note"]
    assert "Nothing unusual" not in words(root)


def test_nothing_unusual() -> None:
    """A day with nothing but notes says that nothing is unusual, and compared with what."""
    root = parse(unusual(published([], findings=[finding("info", "usual")], history=past(1, 2, 0)).read().findings))
    assert "Nothing unusual, compared with 2 earlier days." in words(root)


@pytest.mark.parametrize(
    ("findings", "history"),
    [([], []), ([finding("info", "Too few days.") | {"kind": "no_history"}], past(1, 0))],
    ids=["no day", "too few days"],
)
def test_no_history_is_not_nothing_unusual(findings: list[Json], history: list[Json]) -> None:
    """Without earlier days, or with too few, the page does not claim that the day was usual."""
    text = words(parse(unusual(published([], findings=findings, history=history).read().findings)))
    assert "It cannot be told yet" in text
    assert "Nothing unusual" not in text


def test_findings_without_end_are_cut() -> None:
    """A flood of findings does not drown the page; how many more there are is told."""
    found = [finding("notice", f"swarm {index}") for index in range(500)]
    root = parse(unusual(published([], findings=found, history=past(1, 0)).read().findings))
    assert len(list(root.iter("li"))) == 30
    assert (root.get("data-count"), "And 470 more findings." in words(root)) == ("500", True)


def test_the_largest() -> None:
    """The table has rank, magnitude with type, place, local and universal time, depth and kind."""
    root = parse(largest(published([event(magnitude=5.54, magnitude_type="mww")]).read().statistics))
    expected = [
        "1",
        "5.5\u00a0mww",
        "10km S of Somewhere, Philippines",
        "09:30:00 EST",
        "2018-02-01 14:30:00",
        "33.0\u00a0km",
        "earthquake",
    ]
    assert rows(root) == [expected]


@pytest.mark.parametrize(
    ("identity", "href"),
    [
        ("us1000abcd", "https://earthquake.usgs.gov/earthquakes/eventpage/us1000abcd"),
        ("javascript:alert(1)", None),
        ("us1000/../../evil", None),
        ("us1000abcd\n", None),
        ("", None),
    ],
)
def test_only_a_proper_id_becomes_a_link(identity: str, href: str | None) -> None:
    """An id is put into an address only if it has the form of one."""
    root = parse(largest(published([event(id=identity)]).read().statistics))
    assert [link.get("href") for link in root.iter("a")] == ([href] if href else [])


def test_many_regions_end_in_one_row() -> None:
    """The regions with most events are named, the rest is one row, and the sum is the day's count."""
    events = [event(id=f"us{index:04}", place=f"near R{index:03}") for index in range(40)]
    root = parse(regions(published(events).read().statistics))
    listed = rows(root)
    assert (len(listed), listed[-1][:2]) == (13, ["28 more regions", "28"])
    assert sum(int(row[1]) for row in listed) == 40


def test_what_was_set_aside() -> None:
    """Each reason has its count and a sentence; without any the page says that all passed."""
    wrong = [{"reason": f"r{index}", "detail": f"Sentence {index}.", "feature": {}} for index in range(20)]
    root = parse(quarantine(published([event()], quarantine=wrong).read()))
    assert rows(root)[0] == ["r0", "1", "Sentence 0."]
    assert rows(root)[-1][:2] == ["8 more reasons", "8"]
    assert "20 events of 21 did not pass the checks" in words(root)
    assert "every event that the service sent passed" in words(parse(quarantine(published([]).read())))


def test_how_it_was_made() -> None:
    """The foot names the inputs by digest, the methods with their sources, and whose data it is."""
    root = parse(made(published(many(2)).read()))
    text = words(root)
    assert ["validate", "events.jsonl", "61,887", "ab" * 32] in rows(root)
    assert ["load", "manifest", "", "cd" * 32] in rows(root)
    for credit in (
        "U.S. Geological Survey",
        "Aki (1965)",
        "Shi and Bolt (1982)",
        "Wiemer and Wyss (2000)",
        "Natural Earth",
    ):
        assert credit in text
