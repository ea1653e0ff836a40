"""How the page was made: what went in, by which methods, and whose data it is.

No clock time and no attempt id, here as little as anywhere on the page: the same inputs make the same bytes.
"""

from __future__ import annotations

from typing import Final

from steps.report.figures import Column, section, table
from steps.report.inputs import Day
from steps.report.markup import Html, join, tag
from steps.report.wording import count

_METHODS: Final = (
    (
        "Magnitude of completeness",
        "Maximum curvature",
        "Wiemer and Wyss (2000), Bull. Seism. Soc. Am. 90(4), 859\N{EN DASH}869",
    ),
    (
        "b-value",
        "Maximum likelihood",
        "Aki (1965), Bull. Earthq. Res. Inst. 43, 237\N{EN DASH}239; correction for binning by Utsu (1966)",
    ),
    ("Error of b", "One standard deviation", "Shi and Bolt (1982), Bull. Seism. Soc. Am. 72(5), 1677\N{EN DASH}1687"),
    (
        "Energy",
        "Radiated as seismic waves, log10 E = 4.8 + 1.5 M in joules, summed over earthquakes",
        "Gutenberg and Richter (1956), Annali di Geofisica 9, 1\N{EN DASH}15",
    ),
    (
        "Map",
        "Equal Earth projection",
        "Šavrič, Patterson and Jenny (2018), Int. J. Geogr. Inf. Sci. 33(3), 454\N{EN DASH}465",
    ),
    ("Coastlines", "1:50 million, simplified", "Natural Earth, public domain"),
)


def made(day: Day) -> Html:
    """The section at the foot."""
    inputs = [
        (
            source.step,
            source.name,
            "" if source.bytes is None else count(source.bytes),
            tag("code", source.sha256, class_="digest"),
        )
        for source in day.sources
    ]
    columns = (Column("Step"), Column("Object"), Column("Bytes", numeric=True), Column("SHA-256"))
    methods = (join((tag("dt", what), tag("dd", f"{how}. {cited}."))) for what, how, cited in _METHODS)
    return section(
        "made",
        "How this page was made",
        _credit(),
        tag("h3", "Methods"),
        tag("dl", *methods, class_="methods"),
        tag("h3", "Inputs"),
        tag("p", "The page is a function of these objects and of nothing else; the same objects make the same bytes."),
        table("What went into the page", columns, inputs, hidden=True),
        wide=True,
        data_count=len(inputs),
    )


def _credit() -> Html:
    return tag(
        "p",
        "Data: ",
        tag("a", "U.S. Geological Survey", href="https://earthquake.usgs.gov/"),
        ", Earthquake Hazards Program, and the networks that contribute to its catalogue; public domain. "
        "Recent events are preliminary: magnitudes, depths and places are revised, sometimes weeks later. "
        "Magnitudes of different types are not strictly comparable, and the totals above mix them.",
    )
