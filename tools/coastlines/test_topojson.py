from __future__ import annotations

from typing import Any

import pytest

from tools.coastlines.topojson import Ring, TopologyError, rings

SQUARE: list[list[int]] = [[0, 0], [2, 0], [0, 2], [-2, 0], [0, -2]]


def topology(**changes: Any) -> dict[str, Any]:
    """Two neighbours that share the side from (1, 0) to (1, 1), not quantised: arc 0 is that side."""
    return {
        "type": "Topology",
        "arcs": [
            [[1, 0], [1, 1]],
            [[1, 1], [0, 1], [0, 0], [1, 0]],
            [[1, 1], [2, 1], [2, 0], [1, 0]],
        ],
        "objects": {
            "land": {
                "type": "GeometryCollection",
                "geometries": [
                    {"type": "Polygon", "arcs": [[0, 1]]},
                    {"type": "MultiPolygon", "arcs": [[[2, 0]]]},
                ],
            }
        },
    } | changes


def check(document: dict[str, Any], *expected: Ring) -> None:
    assert rings(document, "land") == expected


def test_arcs_are_stitched_and_shared() -> None:
    """Two polygons share an arc; each ring is closed, and a point where arcs join stands once."""
    check(
        topology(),
        ((1, 0), (1, 1), (0, 1), (0, 0), (1, 0)),
        ((1, 1), (2, 1), (2, 0), (1, 0), (1, 1)),
    )


def test_a_negative_index_is_an_arc_backwards() -> None:
    """~0 is arc 0 from its end to its start."""
    backwards = {"land": {"type": "Polygon", "arcs": [[~0, ~2]]}}
    check(topology(objects=backwards), ((1, 1), (1, 0), (2, 0), (2, 1), (1, 1)))


def test_quantised_arcs_are_steps() -> None:
    """With a transform, points are steps from the point before, scaled and moved."""
    document = {
        "type": "Topology",
        "transform": {"scale": [0.5, 0.25], "translate": [-180, -90]},
        "arcs": [SQUARE],
        "objects": {"land": {"type": "Polygon", "arcs": [[0]]}},
    }
    check(document, ((-180, -90), (-179, -90), (-179, -89.5), (-180, -89.5), (-180, -90)))


def test_holes_are_rings_as_well() -> None:
    """A polygon gives its outer ring and then its holes."""
    arcs = [[[0, 0], [9, 0], [9, 9], [0, 0]], [[2, 1], [4, 1], [4, 2], [2, 1]]]
    document = topology(arcs=arcs, objects={"land": {"type": "Polygon", "arcs": [[0], [1]]}})
    assert [len(ring) for ring in rings(document, "land")] == [4, 4]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"type": "FeatureCollection"}, "type: is 'FeatureCollection', expected 'Topology'"),
        ({"objects": {"sea": {}}}, "objects: has no 'land', only sea"),
        ({"arcs": None}, "arcs: is missing, expected a list of lines"),
        (
            {"objects": {"land": {"type": "LineString", "arcs": [0]}}},
            "objects.land.type: is 'LineString', expected Polygon, MultiPolygon or GeometryCollection",
        ),
        (
            {"objects": {"land": {"type": "Polygon", "arcs": [[7]]}}},
            "objects.land.arcs[0]: names arc 7, but there are only 3",
        ),
        (
            {"objects": {"land": {"type": "MultiPolygon", "arcs": [[[0, 2]]]}}},
            "objects.land.arcs[0].arcs[0]: is no closed ring of at least three corners",
        ),
        (
            {"objects": {"land": {"type": "Polygon", "arcs": [[1, 2]]}}},
            "objects.land.arcs[0]: arc 2 starts at (1.0, 1.0), but the arc before ends at (1.0, 0.0)",
        ),
    ],
)
def test_a_broken_topology_is_refused(changes: dict[str, Any], message: str) -> None:
    """What breaks the format is named with its place; nothing is drawn from a guess."""
    document = topology(**changes)
    if message.endswith("corners"):
        document["arcs"][2] = [[1, 1], [1, 0]]
    with pytest.raises(TopologyError) as caught:
        rings(document, "land")
    assert str(caught.value) == message
