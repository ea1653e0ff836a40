"""What holds for every page: it is sound, loads nothing, can be read by everybody, and counts what the inputs count."""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import itertools
import re
import xml.etree.ElementTree as ET
from collections import Counter

import pytest

from tests.pages.days import RECORDED_DAYS
from tests.pages.made import Page, make

LOADING = {"src", "srcset", "poster", "data", "action", "formaction", "background", "xlink:href", "ping", "cite"}
ELEMENTS = {
    *("html", "head", "meta", "link", "title", "style", "body", "header", "main", "footer", "section", "div", "span"),
    *("h1", "h2", "h3", "p", "a", "strong", "code", "bdi", "time", "dl", "dt", "dd", "ul", "li", "details", "summary"),
    *("figure", "figcaption", "table", "caption", "thead", "tbody", "tr", "th", "td"),
    *("svg", "desc", "g", "path", "circle", "rect", "line", "polyline", "polygon", "text"),
}


def test_the_page_is_well_formed(page: Page) -> None:
    """The page is HTML whose elements are closed in order, and XML as well."""
    doctype, _, rest = page.text.partition("\n")
    assert doctype == "<!DOCTYPE html>"
    root = ET.fromstring(rest.encode())  # noqa: S314 - our own page
    assert root.tag == "html"
    assert root.get("lang") == "en"


def test_nothing_is_loaded(page: Page) -> None:
    """There is no script, no frame, no image, and no address but in links that a person follows."""
    for element in page.root.walk():
        names = set(element.attributes)
        assert not names & LOADING
        assert "style" not in names
        assert not [name for name in names if name.startswith("on")]
        if "href" in names and element.name != "a":
            assert (element.name, element.attributes["href"]) == ("link", "data:,")
    style = page.root.one("style").words
    assert not re.search(r"url\s*\(|@import|@font-face|expression|http", style)
    links = {link.attributes["href"] for link in page.root.all("a")}
    assert all(link.startswith("https://earthquake.usgs.gov/") for link in links)


def test_only_known_elements_stand_in_the_page(page: Page) -> None:
    """Whatever the catalogue says, the page is made of the elements that the report writes."""
    assert {element.name for element in page.root.walk()} - {"document"} <= ELEMENTS


def test_the_policy_forbids_everything_but_the_style(page: Page) -> None:
    """The policy comes before what it governs, and its digest is that of the style sheet."""
    head = page.root.one("head")
    children = [child for child in head.children if not isinstance(child, str)]
    assert [child.attributes for child in children[:1]] == [{"charset": "utf-8"}]
    assert children[1].attributes["http-equiv"] == "Content-Security-Policy"
    directives = dict(part.strip().split(" ", 1) for part in children[1].attributes["content"].split(";"))
    digest = base64.b64encode(hashlib.sha256(page.root.one("style").words.encode()).digest()).decode()
    assert directives == {
        "default-src": "'none'",
        "style-src": f"'sha256-{digest}'",
        "img-src": "data:",
        "base-uri": "'none'",
        "form-action": "'none'",
    }


def test_ids_are_unique_and_references_lead_somewhere(page: Page) -> None:
    """No id stands twice, and each label that is referred to exists."""
    ids = Counter(element.attributes["id"] for element in page.root.walk() if "id" in element.attributes)
    assert [name for name, times in ids.items() if times > 1] == []
    referred = {name for element in page.root.walk() for name in element.attributes.get("aria-labelledby", "").split()}
    assert referred <= set(ids)
    assert {
        "headline",
        "unusual",
        "map",
        "hours",
        "magnitudes",
        "trailing",
        "regions",
        "largest",
        "quarantine",
        "made",
    } <= set(ids)


def test_headings_are_in_order(page: Page) -> None:
    """One first heading, and no level is skipped on the way down."""
    levels = [int(element.name[1]) for element in page.root.walk() if re.fullmatch(r"h[1-6]", element.name)]
    assert levels.count(1) == 1
    assert levels[0] == 1
    assert all(after - before <= 1 for before, after in itertools.pairwise(levels))


def test_pictures_have_words(page: Page) -> None:
    """Each picture is named and described, or is hidden because words stand beside it."""
    for picture in page.root.all("svg"):
        if picture.attributes.get("aria-hidden") == "true":
            continue
        assert picture.attributes["role"] == "img"
        for name in ("title", "desc"):
            direct = [child for child in picture.children if not isinstance(child, str) and child.name == name]
            assert [bool(child.words.strip()) for child in direct] == [True]


def test_tables_are_tables(page: Page) -> None:
    """Each table has a caption, its columns and rows have headers, and all rows are of one length."""
    for table in page.root.all("table"):
        assert table.one("caption").words
        assert all(cell.attributes.get("scope") in {"col", "row"} for cell in table.all("th"))
        lengths = {len(row.all("td")) + len(row.all("th")) for row in table.all("tr")}
        assert len(lengths) == 1


def test_the_counts_are_those_of_the_inputs(page: Page) -> None:
    """Each part of the page shows as many events as were loaded, or set aside."""
    statistics, loaded = page.day.statistics, page.day.loaded
    headline = page.root.one("header", id="headline")
    assert headline.attributes["data-count"] == str(loaded)
    assert headline.attributes["data-quarantined"] == str(statistics.quarantined)
    assert page.root.one("div", id="figure-events").one("dd", class_="value").words == f"{loaded:,}"
    shown = {section.attributes["id"]: int(section.attributes["data-count"]) for section in page.root.all("section")}
    assert shown["map"] == shown["hours"] == shown["regions"] == loaded
    assert shown["magnitudes"] == sum(each.events for each in statistics.by_magnitude)
    assert shown["quarantine"] == statistics.quarantined
    assert shown["largest"] == len(statistics.largest)
    assert shown["unusual"] == len(page.day.findings.findings)


@pytest.mark.parametrize(("day", "events"), RECORDED_DAYS.items(), ids=str)
def test_recorded_days_have_their_events(day: dt.date, events: int) -> None:
    """The page of a recorded local day counts what the recorded file has for it."""
    page = make(f"recorded {day}")
    assert (page.day.loaded, page.day.statistics.quarantined) == (events, 0)
    assert f"The catalogue holds {events} events from midnight to midnight" in page.root.one("header").words


def test_what_is_drawn_is_what_is_counted(page: Page) -> None:
    """The marks on the map, the bars of the hours and the rows of the tables are as many as they claim to be."""
    section = page.root.one("section", id="map")
    (marks,) = section.one("svg", id="map-chart").all("g", class_="quakes")
    assert len(marks.children) == int(section.attributes["data-drawn"])
    assert int(section.attributes["data-drawn"]) + int(section.attributes["data-dots"]) == page.day.loaded
    bars = page.root.one("section", id="hours").all("rect", class_="bar")
    assert len(bars) == len(page.day.statistics.by_hour)
    rows = page.root.one("section", id="largest").all("tr")
    assert len(rows) == (len(page.day.statistics.largest) + 1 if page.day.statistics.largest else 0)


def test_the_foot_says_where_it_comes_from(page: Page) -> None:
    """The digests of the inputs and the credit of the data stand on the page."""
    foot = page.root.one("footer").words
    assert "U.S. Geological Survey" in foot
    assert all(source.sha256 in foot for source in page.day.sources)
