"""Decodes TopoJSON: arcs that are shared, delta coded and quantised become rings of degrees.

Pure: a parsed document goes in, rings come out, and a document that breaks the format is refused with the place that
breaks it. It must never guess: a geometry type without area (points, lines) is refused as well, because a coastline
made of it would be empty without a word. `convert` makes the rings small, `__main__` reads and writes.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

type Point = tuple[float, float]
"""Longitude and latitude in degrees."""
type Ring = tuple[Point, ...]
"""A closed line: the last point equals the first."""


class TopologyError(ValueError):
    """The document is not a topology of areas. The message names the place and what was expected there."""


@dataclass(frozen=True, slots=True)
class _Transform:
    scale: Point
    translate: Point

    def apply(self, x: float, y: float) -> Point:
        return x * self.scale[0] + self.translate[0], y * self.scale[1] + self.translate[1]


def rings(document: Any, name: str) -> tuple[Ring, ...]:
    """All rings, outer ones and holes, of the object `name`, in the document's order."""
    if not isinstance(document, Mapping):
        raise TopologyError(f"is a {type(document).__name__}, expected an object of type Topology")
    if document.get("type") != "Topology":
        raise TopologyError(f"type: is {document.get('type')!r}, expected 'Topology'")
    objects = document.get("objects", {})
    if name not in objects:
        raise TopologyError(f"objects: has no {name!r}, only {', '.join(sorted(objects)) or 'nothing'}")
    arcs = _decode_arcs(document)
    return tuple(_stitch(indexes, arcs, place) for place, indexes in _ring_indexes(objects[name], f"objects.{name}"))


def _decode_arcs(document: Mapping[str, Any]) -> tuple[Ring, ...]:
    raw = document.get("arcs")
    if not isinstance(raw, Sequence):
        raise TopologyError("arcs: is missing, expected a list of lines")
    transform = document.get("transform")
    if transform is None:
        return tuple(tuple((float(x), float(y)) for x, y, *_ in arc) for arc in raw)
    scale, translate = transform["scale"], transform["translate"]
    return tuple(tuple(_undelta(arc, _Transform(tuple(scale), tuple(translate)))) for arc in raw)


def _undelta(arc: Sequence[Sequence[int]], transform: _Transform) -> Iterator[Point]:
    """The first point of a quantised arc is a position, each other one the step from the point before."""
    x = y = 0
    for dx, dy, *_ in arc:
        x, y = x + dx, y + dy
        yield transform.apply(x, y)


def _ring_indexes(geometry: Mapping[str, Any], place: str) -> Iterator[tuple[str, Sequence[int]]]:
    match geometry.get("type"):
        case "Polygon":
            yield from ((f"{place}.arcs[{index}]", ring) for index, ring in enumerate(geometry["arcs"]))
        case "MultiPolygon":
            for index, polygon in enumerate(geometry["arcs"]):
                yield from _ring_indexes({"type": "Polygon", "arcs": polygon}, f"{place}.arcs[{index}]")
        case "GeometryCollection":
            for index, member in enumerate(geometry["geometries"]):
                yield from _ring_indexes(member, f"{place}.geometries[{index}]")
        case other:
            raise TopologyError(f"{place}.type: is {other!r}, expected Polygon, MultiPolygon or GeometryCollection")


def _stitch(indexes: Sequence[int], arcs: Sequence[Ring], place: str) -> Ring:
    """Join arcs end to end. A negative index ~i is arc i backwards; each join point is stated twice and kept once."""
    points: list[Point] = []
    for index in indexes:
        line = _arc(index, arcs, place)
        if points and points[-1] != line[0]:
            raise TopologyError(f"{place}: arc {index} starts at {line[0]}, but the arc before ends at {points[-1]}")
        points.extend(itertools.islice(line, 1 if points else 0, None))
    if len(points) < 4 or points[0] != points[-1]:  # noqa: PLR2004 - a triangle and its closing point
        raise TopologyError(f"{place}: is no closed ring of at least three corners")
    return tuple(points)


def _arc(index: int, arcs: Sequence[Ring], place: str) -> Ring:
    position = ~index if index < 0 else index
    if position >= len(arcs):
        raise TopologyError(f"{place}: names arc {index}, but there are only {len(arcs)}")
    return arcs[position][::-1] if index < 0 else arcs[position]
