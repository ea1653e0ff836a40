from __future__ import annotations

import json

import pytest

from steps.extract.answers import read_geojson, read_text

TEXT = (
    b"#EventID|Time|Latitude|Longitude|Depth/km|Author|Catalog|Contributor|ContributorID|MagType|Magnitude|MagAuthor"
    b"|EventLocationName\n"
    b"gfz2018cfgx|2018-02-01T05:00:03.12|-21.5|169.25|12.0|NEIC||GFZ|gfz2018cfgx|Mw|6.1|GFZ|Loyalty Islands\n"
)


def test_features_of_geojson_are_given_as_they_are() -> None:
    """Nothing of an event is judged here."""
    features = [{"id": "a"}, 7, None]
    assert read_geojson(json.dumps({"type": "FeatureCollection", "features": features}).encode()) == features


@pytest.mark.parametrize(
    "data", [b"", b"<html>", b"[]", b"{}", b'{"type":"FeatureCollection"}',
             b'{"type":"FeatureCollection","features":{}}',
             b'{"type":"FeatureCollection","features":[', b"\xff\xfe\x00", b"[" * 100_000],
)  # fmt: skip
def test_what_is_no_feature_collection_is_a_value_error(data: bytes) -> None:
    """Cut, foreign or hostile answers have one way to fail."""
    with pytest.raises(ValueError, match=r".+"):
        read_geojson(data)


def test_a_line_of_text_becomes_a_feature_of_the_same_shape() -> None:
    """FDSN's columns take the places that USGS gives them in GeoJSON."""
    assert read_text(TEXT) == [
        {
            "type": "Feature",
            "id": "gfz2018cfgx",
            "properties": {
                "mag": 6.1, "magType": "Mw", "net": "GFZ", "place": "Loyalty Islands", "status": None,
                "time": 1517461203120, "type": "earthquake", "updated": None,
            },
            "geometry": {"type": "Point", "coordinates": [169.25, -21.5, 12.0]},
        }
    ]  # fmt: skip


def test_fields_that_cannot_be_read_are_kept_for_validate() -> None:
    """A wrong field spoils its event, which validate sets aside, and not the whole answer."""
    (feature,) = read_text(b"a|yesterday|north|nan||x|x|x|x|||x||quarry blast\n")
    assert feature["properties"]["time"] == "yesterday"
    assert feature["geometry"]["coordinates"] == ["nan", "north", None]
    assert feature["properties"]["mag"] is None
    assert feature["properties"]["type"] == "quarry blast"


def test_a_line_of_another_shape_spoils_the_answer() -> None:
    """A cut line is no event with empty fields."""
    with pytest.raises(ValueError, match="event 2 has 3 fields"):
        read_text(TEXT + b"a|b|c\n")
