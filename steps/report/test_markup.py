from __future__ import annotations

import html
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.report.markup import Html, join, number, plain, tag, text
from steps.report.sample import parse


def test_plain_text_is_escaped_in_elements_and_attributes() -> None:
    """A child or an attribute that is no Html can't open a tag or end a quote."""
    expected = (
        '<p title="&quot;&gt;&lt;script&gt;&#x27;">&lt;script&gt;alert(1)&lt;/script&gt;<b>safe &amp; sound</b></p>'
    )
    actual = tag("p", "<script>alert(1)</script>", tag("b", "safe & sound"), title="\"><script>'")
    assert expected == actual


def test_markup_and_text_make_text() -> None:
    """What is glued together by hand is text again: a mistake shows, it does not run."""
    assert tag("p", tag("b", "x") + "<i>") == "<p>&lt;b&gt;x&lt;/b&gt;&lt;i&gt;</p>"
    assert not isinstance(f"{tag('b')}", Html)


@pytest.mark.parametrize(
    ("expected", "actual"),
    [
        ('<div class="a" data-count="3"></div>', tag("div", class_="a", data_count=3)),
        ('<meta charset="utf-8"/>', tag("meta", charset="utf-8")),
        ('<circle r="2.5" cx="0"/>', tag("circle", r=2.5, cx=-0.01)),
        ("<circle><title>t</title></circle>", tag("circle", tag("title", "t"))),
        ('<p hidden=""></p>', tag("p", hidden=True, title=None, lang=False)),
        ("<p>a</p>", tag("p", None, "a", None)),
        ("a&amp;<br/>", join(["a&", tag("br"), None])),
    ],
)
def test_elements(expected: str, actual: str) -> None:
    """Names of attributes are written with hyphens; None and False leave an attribute out."""
    assert expected == actual


@pytest.mark.parametrize("character", ["\x00", "\x1b", "\x85", "\ud800", "\u202e", "\u2066", "\u200f", "\uffff"])
def test_forbidden_characters_are_replaced(character: str) -> None:
    """Control characters, lone surrogates and marks that turn the text become visible."""
    assert plain(f"a{character}b") == "a\ufffdb"


def test_text_of_any_script_stays() -> None:
    """Letters of right-to-left scripts, emoji and accents are not touched."""
    words = "Šibenik, 東京, תל אביב, القاهرة, กรุงเทพฯ ที่, Việt Nam, 🌋"
    assert plain(words) == words


def test_stacked_marks_end() -> None:
    """A letter with hundreds of accents does not grow over the page."""
    assert plain("Z" + "\u0301" * 400 + "a\u0308") == "Z" + "\u0301" * 4 + "a\u0308"


@given(st.text(), st.text())
def test_any_text_survives_as_text(child: str, attribute: str) -> None:
    """Whatever the text, the element is well-formed, can be encoded, and holds exactly that text."""
    element = tag("p", child, title=attribute)
    parsed = parse(element)
    assert (parsed.text or "", list(parsed)) == (plain(child), [])
    assert html.unescape(re.sub("<[^>]*>", "", element)) == plain(child)


@given(st.floats(min_value=-1e6, max_value=1e6))
def test_numbers_are_short_and_close(value: float) -> None:
    """A coordinate has at most one decimal and no negative zero."""
    assert abs(float(number(value)) - value) <= 0.05 + 1e-9
    assert number(value) != "-0"
    assert text(number(value)) == number(value)
