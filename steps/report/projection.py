"""From longitude and latitude to a flat world: the Equal Earth projection, and the cut along one meridian.

Pure. Any map of a round world is torn somewhere; here it is the meridian opposite to `World.centre`, areas that cross
it are cut in two, and the antimeridian is a line like any other. Drawing is in `worldmap`.
Šavrič, Patterson, Jenny (2018): The Equal Earth map projection, International Journal of Geographical Information
Science 33(3), 454-465, doi:10.1080/13658816.2018.1504949.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Final

type Point = tuple[float, float]

_A1, _A2, _A3, _A4 = 1.340264, -0.081106, 0.000893, 0.003796
_HALF_TURN: Final = 180.0
_M: Final = math.sqrt(3) / 2
_STEP: Final = 3.0
"""Degrees after which a straight line on the globe is bent again."""


def equal_earth(longitude: float, latitude: float) -> Point:
    """Degrees, longitude counted from the central meridian, to x and y on a sphere of radius 1; north is positive."""
    theta = math.asin(_M * math.sin(math.radians(latitude)))
    square = theta * theta
    sixth = square**3
    slope = _A1 + 3 * _A2 * square + sixth * (7 * _A3 + 9 * _A4 * square)
    x = math.radians(longitude) * math.cos(theta) / (_M * slope)
    return x, theta * (_A1 + _A2 * square + sixth * (_A3 + _A4 * square))


@dataclass(frozen=True, slots=True, kw_only=True)
class World:
    """A map `width` units wide with the meridian `centre` in its middle; y grows downwards."""

    width: float
    centre: float

    @property
    def height(self) -> float:
        """The map's height; Equal Earth is about half as high as wide."""
        return self.width * equal_earth(0, 90)[1] / equal_earth(180, 0)[0]

    def project(self, longitude: float, latitude: float) -> Point:
        """Where a place lies. Longitudes may be given in any turn: -190 is 170."""
        return self._place(wrap(longitude - self.centre), latitude)

    def outline(self) -> tuple[Point, ...]:
        """The border of the map."""
        latitudes = [step * _STEP for step in range(int(-90 / _STEP), int(90 / _STEP) + 1)]
        left = [self._place(-180, latitude) for latitude in latitudes]
        right = [self._place(180, latitude) for latitude in reversed(latitudes)]
        return (*left, *right)

    def parallels(self, every: int) -> Iterator[tuple[Point, Point]]:
        """Circles of latitude: straight lines in this projection."""
        for latitude in range(-90 + every, 90, every):
            yield self._place(-180, latitude), self._place(180, latitude)

    def meridians(self, every: int) -> Iterator[tuple[Point, ...]]:
        """Lines of longitude inside the border."""
        for longitude in range(-180, 180, every):
            offset = wrap(longitude - self.centre)
            if abs(offset) < _HALF_TURN:  # The cut itself is the border.
                yield tuple(self._place(offset, latitude * _STEP) for latitude in range(-30, 31))

    def areas(self, ring: Iterable[Point]) -> Iterator[tuple[Point, ...]]:
        """The pieces of an area whose longitudes run on without a leap, within a turn beyond -180 and 180."""
        offsets = [(longitude - self.centre, latitude) for longitude, latitude in ring]
        for turn in (-720, -360, 0, 360, 720):
            piece = _clip([(offset + turn, latitude) for offset, latitude in offsets])
            if any(abs(offset) < _HALF_TURN for offset, _ in piece):  # Else it only touches the border.
                yield tuple(self._place(offset, latitude) for offset, latitude in _bend(piece))

    def _place(self, offset: float, latitude: float) -> Point:
        x, y = equal_earth(offset, latitude)
        unit = self.width / 2 / equal_earth(180, 0)[0]
        return self.width / 2 + unit * x, self.height / 2 - unit * y


def wrap(longitude: float) -> float:
    """The same longitude from -180 (included) to 180."""
    return (longitude + 180) % 360 - 180


def _clip(ring: list[Point]) -> list[Point]:
    """Sutherland and Hodgman (1974) against the two edges of the map."""
    if all(abs(longitude) <= _HALF_TURN for longitude, _ in ring):
        return ring
    east_of = _clip_side(ring, lambda longitude: longitude >= -_HALF_TURN, -_HALF_TURN)
    return _clip_side(east_of, lambda longitude: longitude <= _HALF_TURN, _HALF_TURN)


def _clip_side(ring: list[Point], inside: Callable[[float], bool], edge: float) -> list[Point]:
    kept: list[Point] = []
    for index, point in enumerate(ring):
        before = ring[index - 1]
        if inside(before[0]) != inside(point[0]):
            share = (edge - before[0]) / (point[0] - before[0])
            kept.append((edge, before[1] + share * (point[1] - before[1])))
        if inside(point[0]):
            kept.append(point)
    return kept


def _bend(ring: list[Point]) -> Iterator[Point]:
    """Points along each long side, so that it follows the curve of the map."""
    for index, end in enumerate(ring):
        start = ring[index - 1]
        parts = max(1, math.ceil(max(abs(end[0] - start[0]), abs(end[1] - start[1])) / _STEP))
        for part in range(1, parts + 1):
            yield (
                start[0] + (end[0] - start[0]) * part / parts,
                start[1] + (end[1] - start[1]) * part / parts,
            )
