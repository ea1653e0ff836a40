from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.kit import codec
from steps.validate.check import check
from steps.validate.event import Event, Quarantined
from steps.validate.examples import DAY, FEATURE, START, changed


def test_a_sound_event_is_published_as_it_is() -> None:
    """Every field has its place, and the time is UTC to the millisecond."""
    event = check(FEATURE, DAY)
    assert isinstance(event, Event)
    assert event.as_json() == {
        "id": "nc72964391", "time": "2018-02-01T05:00:03.120Z", "magnitude": 2.5, "magnitude_type": "md",
        "latitude": 37.53, "longitude": -118.675, "depth_km": 7.64, "place": "4km S of Toms Place, CA",
        "region": "California", "type": "earthquake", "status": "reviewed", "network": "nc",
    }  # fmt: skip


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ("properties.mag", None), ("properties.mag", -1.2), ("properties.place", None), ("properties.magType", None),
        ("properties.time", START), ("properties.time", START + 86_400_000 - 1), ("geometry.coordinates.2", None),
        ("geometry.coordinates", [180, -90]), ("geometry.coordinates.2", -3), ("properties.type", "quarry blast"),
        ("properties.status", None), ("properties.updated", None), ("properties.place", "Rêunion, Île"),
    ],
)  # fmt: skip
def test_what_is_rare_or_missing_is_not_wrong(path: str, value: object) -> None:
    """Edges of the ranges, absent optional values, other types of events: all of it occurs."""
    assert isinstance(check(changed(path, value), DAY), Event)


@pytest.mark.parametrize(
    ("path", "value", "reason"),
    [
        ("id", None, "bad_id"),
        ("id", "", "bad_id"),
        ("id", 7, "bad_id"),
        ("id", "x" * 501, "bad_id"),
        ("properties", None, "not_an_event"),
        ("properties.time", None, "bad_time"),
        ("properties.time", "2018-02-01", "bad_time"),
        ("properties.time", True, "bad_time"),
        ("properties.time", 10**40, "bad_time"),
        ("properties.time", START - 1, "outside_day"),
        ("properties.time", START + 86_400_000, "outside_day"),
        ("geometry", None, "bad_coordinates"),
        ("geometry.coordinates", [], "bad_coordinates"),
        ("geometry.coordinates.0", 180.5, "bad_coordinates"),
        ("geometry.coordinates.1", -90.1, "bad_coordinates"),
        ("geometry.coordinates.1", None, "bad_coordinates"),
        ("geometry.coordinates.1", "37", "bad_coordinates"),
        ("geometry.coordinates.2", 1000.5, "bad_depth"),
        ("properties.mag", 10.1, "bad_magnitude"),
        ("properties.mag", "big", "bad_magnitude"),
        ("properties.mag", True, "bad_magnitude"),
        ("properties.type", None, "bad_type"),
        ("properties.type", " ", "bad_type"),
        ("properties.place", "a\x00b", "bad_text"),
        ("properties.place", "\ud800", "bad_text"),
        ("properties.net", ["nc"], "bad_text"),
    ],
)
def test_what_is_wrong_is_set_aside_with_its_reason(path: str, value: object, reason: str) -> None:
    """The reason is a code to count by, the detail names the value, the feature stays as it came."""
    feature = changed(path, value)
    result = check(feature, DAY)
    assert isinstance(result, Quarantined)
    assert result.reason == reason
    assert result.detail.startswith("It")
    assert result.feature == feature


def test_all_problems_of_an_event_are_told() -> None:
    """The first gives the code, the detail has a sentence for each."""
    feature = changed("geometry.coordinates", [200.0, 100.0, 5000.0])
    result = check(feature, DAY)
    assert isinstance(result, Quarantined)
    assert result.reason == "bad_coordinates"
    assert result.detail.count("is not within") == 3


anything = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["id", "properties", "geometry", "coordinates", "time", "mag", "type", "place"]), inner
        )
    ),
    max_leaves=15,
)


@given(anything)
def test_nothing_that_json_can_say_breaks_the_check(feature: object) -> None:
    """Whatever a service sends is an event or is set aside, and can be published."""
    result = check(feature, DAY)
    assert codec.decode(codec.encode(result.as_json()))
