from __future__ import annotations

import math

import pytest
from hypothesis import given
from hypothesis import strategies as st

from steps.report.projection import Point, World, equal_earth, wrap

WORLD = World(width=1000, centre=150)
LONGITUDES = st.floats(-180, 180)
LATITUDES = st.floats(-90, 90)


@pytest.mark.parametrize(
    ("place", "expected"),
    [
        ((0, 0), (0.0, 0.0)),
        ((180, 0), (2.706630, 0.0)),
        ((0, 90), (0.0, 1.317363)),
        ((180, -90), (0.592470 * 2.706630, -1.317363)),
    ],
)
def test_equal_earth(place: Point, expected: Point) -> None:
    """The map has the published extent, its poles the published share of the equator's length."""
    assert equal_earth(*place) == pytest.approx(expected, abs=1e-4)


def test_areas_are_equal() -> None:
    """A cell of the same area on the globe covers the same area of the map, wherever it lies."""

    def cell(longitude: float, south: float, north: float) -> float:
        corners = [equal_earth(longitude + step / 50, latitude) for latitude in (south, north) for step in (0, 1)]
        (a, y1), (b, _), (c, y2), (d, _) = corners
        return ((b - a) + (d - c)) / 2 * (y2 - y1) / (math.sin(math.radians(north)) - math.sin(math.radians(south)))

    expected = cell(0, 0, 0.02)
    assert [cell(x, y, y + 0.02) for x, y in ((100, 30), (-170, -60), (10, 80))] == pytest.approx(
        [expected] * 3, rel=1e-3
    )


@given(LONGITUDES, LATITUDES)
def test_every_place_is_on_the_map(longitude: float, latitude: float) -> None:
    """No place of the globe falls off, the poles and the cut included."""
    x, y = WORLD.project(longitude, latitude)
    assert -1e-9 <= x <= WORLD.width + 1e-9
    assert -1e-9 <= y <= WORLD.height + 1e-9


@given(LATITUDES)
def test_the_antimeridian_is_one_line(latitude: float) -> None:
    """180 east and 180 west are the same place, and so are all turns of a longitude."""
    east, west = WORLD.project(180, latitude), WORLD.project(-180, latitude)
    assert east == pytest.approx(west)
    assert WORLD.project(170, latitude) == pytest.approx(WORLD.project(-190, latitude))


def test_neighbours_across_the_antimeridian_stay_neighbours() -> None:
    """With the map's centre at 150 east, Fiji is in one piece."""
    assert math.dist(WORLD.project(179.9, -17), WORLD.project(-179.9, -17)) < 1


@pytest.mark.parametrize(
    ("longitude", "expected"), [(180, -180), (-180, -180), (190, -170), (540, -180), (0, 0), (-30, -30)]
)
def test_wrap(longitude: float, expected: float) -> None:
    """Longitudes come back into one turn."""
    assert wrap(longitude) == expected


def check_cut(ring: list[Point], pieces: int) -> None:
    areas = list(WORLD.areas(ring))
    assert len(areas) == pieces
    assert all(-1e-6 <= x <= WORLD.width + 1e-6 for area in areas for x, _ in area)
    covered = sum(abs(_signed_area(area)) for area in areas)
    unit = WORLD.width / 2 / equal_earth(180, 0)[0]
    assert covered == pytest.approx(_globe_area(ring) * unit**2, rel=2e-3)


@pytest.mark.parametrize(
    ("box", "pieces"),
    [
        ((10, 0, 40, 20), 1),
        ((-60, 10, 0, 30), 2),
        ((170, -20, 190, 20), 1),
        ((-180, -90, 180, -70), 2),
        ((300, 40, 350, 80), 2),
        ((-30, 0, 0, 10), 1),
    ],
)
def test_areas_are_cut_at_the_border(box: tuple[float, float, float, float], pieces: int) -> None:
    """An area across the border becomes two, nothing of it is lost or doubled, wherever its longitudes run on."""
    west, south, east, north = box
    check_cut([(west, south), (east, south), (east, north), (west, north)], pieces)


def test_grid_lines_stay_inside() -> None:
    """Meridians and parallels are on the map; the one that is the border is not drawn twice."""
    points = [point for line in (*WORLD.meridians(30), *WORLD.parallels(30)) for point in line]
    assert all(-1e-6 <= x <= WORLD.width + 1e-6 and -1e-6 <= y <= WORLD.height + 1e-6 for x, y in points)
    assert (len(list(WORLD.meridians(30))), len(list(WORLD.parallels(30)))) == (11, 5)


def _signed_area(ring: tuple[Point, ...]) -> float:
    return sum(a[0] * b[1] - b[0] * a[1] for a, b in zip(ring, (*ring[1:], ring[0]), strict=True)) / 2


def _globe_area(box: list[Point]) -> float:
    (west, south), (east, north) = box[0], box[2]
    return math.radians(east - west) * (math.sin(math.radians(north)) - math.sin(math.radians(south)))
