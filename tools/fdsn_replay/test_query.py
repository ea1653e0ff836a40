from __future__ import annotations

import math

import pytest

from tools.fdsn_replay.query import BadQueryError, Bound, Format, Order, parse

MIDNIGHT = 1517443200000


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2018-02-01", MIDNIGHT),
        ("2018-02-01T00:00:00", MIDNIGHT),
        ("2018-02-01T00:00:00Z", MIDNIGHT),
        ("2018-02-01T00:00:00.001", MIDNIGHT + 1),
        ("2018-02-01T00:00:00.0005Z", MIDNIGHT + 0.5),
        ("2018-01-31T19:00:00-05:00", MIDNIGHT),
    ],
)
def test_times_are_read_in_all_their_forms(text: str, expected: float) -> None:
    """With or without zone, fraction and time of day; without a zone they are UTC."""
    assert parse(f"starttime={text}").start == expected
    assert parse(f"end={text}").end == expected


def test_an_empty_query_asks_for_everything() -> None:
    """All times, no bounds, FDSN's own defaults of order and offset."""
    query = parse("")
    assert (query.start, query.end, query.bounds) == (-math.inf, math.inf, ())
    assert (query.order, query.offset, query.limit, query.format) == (Order.TIME, 1, None, Format.TEXT)


def test_long_and_short_names_mean_the_same() -> None:
    """Both are in the specification."""
    assert parse("minmag=2&maxlat=10") == parse("minmagnitude=2&maxlatitude=10")
    assert parse("mindepth=5").bounds == (Bound(field="depth", edge="min", value=5.0),)


@pytest.mark.parametrize(
    ("query", "problem"),
    [
        ("startime=2018-02-01", 'Unknown parameter "startime"'),
        ("starttime=yesterday", 'Bad starttime value "yesterday"'),
        ("starttime=2018-02-02&endtime=2018-02-01", "starttime must not be after endtime"),
        ("minlatitude=91", 'Bad minlatitude value "91"'),
        ("minmagnitude=nan", 'Bad minmagnitude value "nan"'),
        ("limit=0", 'Bad limit value "0"'),
        ("limit=1.5", 'Bad limit value "1.5"'),
        ("format=xml", 'Bad format value "xml"'),
        ("orderby=size", 'Bad orderby value "size"'),
        ("nodata=200", 'Bad nodata value "200"'),
        ("start=2018-02-01&starttime=2018-02-02", "is given twice"),
    ],
)
def test_what_is_wrong_is_named(query: str, problem: str) -> None:
    """As real services do, and not passed over in silence."""
    with pytest.raises(BadQueryError) as raised:
        parse(query)
    assert problem in str(raised.value)


def test_all_problems_are_told_at_once() -> None:
    """One answer names each of them on its line."""
    with pytest.raises(BadQueryError) as raised:
        parse("format=xml&limit=x&wrong=1")
    assert len(str(raised.value).splitlines()) == 3
