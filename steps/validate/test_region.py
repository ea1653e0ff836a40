from __future__ import annotations

import pytest

from steps.validate.region import region


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ("4km S of Toms Place, CA", "California"),
        ("12km N of Ridgecrest, California", "California"),
        ("29km WNW of Willow, Alaska", "Alaska"),
        ("10km SSW of Ensenada, B.C., MX", "Mexico"),
        ("South Georgia and the South Sandwich Islands", "South Georgia and the South Sandwich Islands"),
        ("95 km S of the Fiji Islands", "Fiji Islands"),
        ("100km W of Banda Sea", "Banda Sea"),
        ("Kiribati region", "Kiribati region"),
        ("5km N of Nowhere, ", "unknown"),
        ("", "unknown"),
        (None, "unknown"),
    ],
)
def test_a_place_has_a_region(place: str | None, expected: str) -> None:
    """What stands after the last comma, with the names of states for their codes."""
    assert region(place) == expected
