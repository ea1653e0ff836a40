"""Makes coastlines flat and small: no leap at the antimeridian, fewer points, no specks, whole numbers.

Pure. The result is what a map of the world on one page can show and no more. README.md beside describes the file,
`steps.report.worldmap.coastline` reads it.
"""

from __future__ import annotations

import itertools
import json
import math
from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from tools.coastlines.topojson import Point, Ring


@dataclass(frozen=True, slots=True, kw_only=True)
class Detail:
    """What is kept: deviations above `tolerance` degrees, rings above `smallest` square degrees (at the equator)."""

    units_per_degree: int = 10
    tolerance: float = 0.12
    smallest: float = 0.06


def convert(rings: Iterable[Ring], detail: Detail, *, origin: str) -> str:
    """The coastline file: JSON, a ring a line, so that a renewed file can be compared."""
    flat = map(unroll, rings)
    kept = (simplify(ring, detail.tolerance) for ring in flat if area(ring) >= detail.smallest)
    lines = (json.dumps(deltas, separators=(",", ":")) for ring in kept if (deltas := _encode(ring, detail)))
    head = f'{{"format":1,"origin":{json.dumps(origin)},"units_per_degree":{detail.units_per_degree},"rings":[\n'
    return head + ",\n".join(lines) + "\n]}\n"


def unroll(ring: Ring) -> Ring:
    """The same ring without leaps from 180 to -180: its longitudes run on past 180 instead.

    A ring that goes round a pole (Antarctica) does not come back to where it began; it is closed along that pole.
    """
    points, turn = [ring[0]], 0.0
    for before, point in itertools.pairwise(ring):
        turn -= 360 * round((point[0] - before[0]) / 360)
        points.append((point[0] + turn, point[1]))
    if turn:
        pole = math.copysign(90, sum(latitude for _, latitude in ring))
        points += [(points[-1][0], pole), (points[0][0], pole), points[0]]
    return tuple(points)


def area(ring: Ring) -> float:
    """Area in square degrees as they are at the equator (the cylinder of Lambert keeps areas)."""
    flat = [(lon, math.degrees(math.sin(math.radians(lat)))) for lon, lat in ring]
    return abs(sum(a[0] * b[1] - b[0] * a[1] for a, b in itertools.pairwise(flat))) / 2


def simplify(ring: Ring, tolerance: float) -> Ring:
    """Douglas and Peucker (1973): drop each point that lies within `tolerance` of the line without it.

    A ring has no ends to hold on to, so its first point and the one farthest from it are kept.
    """
    far = max(range(len(ring)), key=lambda index: math.dist(ring[0], ring[index]))
    first, second = _simplify_line(ring[: far + 1], tolerance), _simplify_line(ring[far:], tolerance)
    return (*first, *second[1:])


def _simplify_line(line: Ring, tolerance: float) -> Ring:
    keep = {0, len(line) - 1}
    spans = [(0, len(line) - 1)]
    while spans:
        start, end = spans.pop()
        if end - start < 2:  # noqa: PLR2004 - nothing lies between
            continue
        middle = max(range(start + 1, end), key=lambda index: _distance(line[index], line[start], line[end]))
        if _distance(line[middle], line[start], line[end]) > tolerance:
            keep.add(middle)
            spans += [(start, middle), (middle, end)]
    return tuple(line[index] for index in sorted(keep))


def _distance(point: Point, start: Point, end: Point) -> float:
    """From a point to a segment."""
    dx, dy = end[0] - start[0], end[1] - start[1]
    length = dx * dx + dy * dy
    along = ((point[0] - start[0]) * dx + (point[1] - start[1]) * dy) / length if length else 0.0
    along = min(1.0, max(0.0, along))
    return math.dist(point, (start[0] + along * dx, start[1] + along * dy))


def _encode(ring: Ring, detail: Detail) -> list[int]:
    """Whole numbers `[lon, lat, step, step, ...]` without the closing point; empty if nothing is left of the ring."""
    grid = [(round(lon * detail.units_per_degree), round(lat * detail.units_per_degree)) for lon, lat in ring[:-1]]
    corners = [point for index, point in enumerate(grid) if point != grid[index - 1]]
    return list(_deltas(corners)) if len(corners) >= 3 else []  # noqa: PLR2004 - a triangle


def _deltas(points: Iterable[tuple[int, int]]) -> Iterator[int]:
    x = y = 0
    for next_x, next_y in points:
        yield from (next_x - x, next_y - y)
        x, y = next_x, next_y
