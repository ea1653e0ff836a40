"""A catalogue that wants to do harm, and a day that is far too large."""

from __future__ import annotations

import re
import time

from steps.report.markup import plain
from steps.report.reading import shorten
from steps.report.report import compose
from tests.pages.days import ATTACKS
from tests.pages.made import Page

SIZE_LIMIT = 1_000_000
"""Bytes of a page on the worst of days: what a phone on a slow line still opens."""


def test_attacks_are_shown_as_text(hostile: Page) -> None:
    """What was attempted is on the page, letter by letter, and is nothing but text."""
    words = hostile.root.one("main").words
    for attack in ATTACKS[:10]:
        assert plain(shorten(attack)) in words


def test_no_forbidden_character_is_on_the_page(hostile: Page) -> None:
    """Control characters, lone surrogates and marks that turn the text do not reach the page; it is UTF-8."""
    hostile.text.encode()
    assert (
        re.findall("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\u202a-\u202e\u2066-\u2069\u200e\u200f]", hostile.text)
        == []
    )


def test_texts_of_the_catalogue_keep_their_direction_to_themselves(hostile: Page) -> None:
    """A place stands in an isolating element, so that Hebrew or Arabic does not turn its neighbours."""
    table = hostile.root.one("section", id="largest").one("tbody")
    for row in table.all("tr"):
        cells = row.all("td")
        assert len(cells[1].all("bdi")) == 1


def test_absurd_lengths_are_cut(hostile: Page) -> None:
    """No text of the catalogue is longer than what a page has room for."""
    longest = max(len(element.words) for element in hostile.root.walk() if element.name in {"bdi", "title"})
    assert longest < 700
    assert len(hostile.text.encode()) < SIZE_LIMIT / 2


def test_a_number_at_the_edge_is_drawn_inside_the_map(hostile: Page) -> None:
    """Poles, the antimeridian and positions beyond them lie within the picture."""
    picture = hostile.root.one("svg", id="map-chart")
    width, height = (float(value) for value in picture.attributes["viewbox"].split()[2:])
    (marks,) = picture.all("g", class_="quakes")
    for mark in marks.walk():
        for name, limit in (("cx", width), ("cy", height), ("x", width), ("y", height)):
            if name in mark.attributes:
                assert -40 <= float(mark.attributes[name]) <= limit + 40
    assert not re.search(r'="(?:nan|-?inf)"', hostile.text)


def test_twenty_thousand_events_make_a_page(large: Page) -> None:
    """The page of a day far too large stays small, says what it left out, and counts all."""
    assert len(large.text.encode()) < SIZE_LIMIT
    section = large.root.one("section", id="map")
    assert section.attributes["data-count"] == "20000"
    assert "20,000" in large.root.one("h1").words + large.root.one("div", id="figure-events").words
    assert "Only the 1,500 largest events are drawn one by one; the other 18,500" in section.words


def test_twenty_thousand_events_take_seconds_not_minutes(large: Page) -> None:
    """The work grows with the number of events, not faster."""
    start = time.process_time()
    compose(large.day)
    assert time.process_time() - start < 10
