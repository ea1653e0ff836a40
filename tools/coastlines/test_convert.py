from __future__ import annotations

import itertools
import json
import math
import pathlib
import subprocess
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tools.coastlines.convert import Detail, area, convert, simplify, unroll
from tools.coastlines.topojson import Ring

BOX: Ring = ((0, 0), (10, 0), (10, 10), (0, 10), (0, 0))


def circle(points: int, *, radius: float = 10, centre: float = 0) -> Ring:
    angles = [2 * math.pi * index / points for index in range(points)]
    ring = [(centre + radius * math.cos(angle), radius * math.sin(angle)) for angle in angles]
    return (*ring, ring[0])


def test_a_ring_across_the_antimeridian_has_no_leap() -> None:
    """Longitudes run on past 180, and the ring is closed as before."""
    ring: Ring = ((170, 0), (-170, 0), (-170, 10), (170, 10), (170, 0))
    assert unroll(ring) == ((170, 0), (190, 0), (190, 10), (170, 10), (170, 0))


def test_a_ring_round_the_pole_is_closed_along_it() -> None:
    """Antarctica's coast does not come back to its beginning; the pole's line closes it."""
    coast: Ring = ((-180, -70), (-60, -75), (60, -70), (-180, -70))
    assert unroll(coast)[-4:] == ((180, -70), (180, -90), (-180, -90), (-180, -70))


def test_an_ordinary_ring_stays() -> None:
    """A ring that does not meet the antimeridian is not changed."""
    assert unroll(BOX) == BOX


def test_area() -> None:
    """Areas are those at the equator: the same box is smaller near a pole, and the globe is the sphere."""
    north = tuple((x, y + 70) for x, y in BOX)
    assert area(north) < area(BOX) / 2
    globe: Ring = ((-180, -90), (180, -90), (180, 90), (-180, 90), (-180, -90))
    assert area(globe) == pytest.approx(4 * math.pi * math.degrees(1) ** 2)


def test_simplify_drops_what_nobody_sees() -> None:
    """Points on a straight side go, corners stay."""
    dotted = ((0.0, 0.0), (5.0, 0.001), (10.0, 0.0), (10.0, 10.0), (4.0, 10.0), (0.0, 10.0), (0.0, 0.0))
    assert simplify(dotted, 0.01) == BOX


@given(st.integers(8, 200), st.floats(0.01, 1))
def test_simplify_stays_within_the_tolerance(points: int, tolerance: float) -> None:
    """The simplified ring is closed, made of points of the first, and encloses nearly the same area."""
    ring = circle(points)
    simple = simplify(ring, tolerance)
    assert simple[0] == simple[-1]
    assert set(simple) <= set(ring)
    length = sum(math.dist(a, b) for a, b in itertools.pairwise(ring))
    assert abs(area(ring) - area(simple)) <= tolerance * length


def decoded(text: str) -> list[list[tuple[float, float]]]:
    """The file as its reader sees it, written down a second time."""
    value, found = json.loads(text), []
    for steps in value["rings"]:
        x = y = 0
        ring = []
        for dx, dy in zip(steps[0::2], steps[1::2], strict=True):
            x, y = x + dx, y + dy
            ring.append((x / value["units_per_degree"], y / value["units_per_degree"]))
        found.append(ring)
    return found


def test_the_file_holds_the_rings() -> None:
    """What is read back is the ring to a tenth of a degree, without its closing point; specks are gone."""
    speck = circle(12, radius=0.05, centre=40)
    text = convert([BOX, speck], Detail(), origin='a "test"')
    assert decoded(text) == [[(0, 0), (10, 0), (10, 10), (0, 10)]]
    assert json.loads(text)["origin"] == 'a "test"'


@given(st.integers(3, 60), st.floats(0.5, 60), st.floats(-100, 100))
def test_rounding_stays_small(points: int, radius: float, centre: float) -> None:
    """No corner moves by more than half a unit."""
    ring = circle(points, radius=radius, centre=centre)
    for found in decoded(convert([ring], Detail(tolerance=0, smallest=0), origin="")):
        for corner in found:
            assert min(math.dist(corner, point) for point in ring) <= math.hypot(0.05, 0.05) + 1e-9


def run(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "tools.coastlines", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60)


def test_the_program(tmp_path: pathlib.Path) -> None:
    """The program reads a TopoJSON file and writes the coastline file, the same at every call."""
    arc = [[0, 0], [10, 0], [10, 10], [0, 0]]
    land = {"type": "Polygon", "arcs": [[0]]}
    (tmp_path / "land.json").write_text(json.dumps({"type": "Topology", "arcs": [arc], "objects": {"land": land}}))
    first, second = (run(str(tmp_path / "land.json"), "--origin", "here") for _ in range(2))
    assert (first.returncode, first.stderr) == (0, "")
    assert first.stdout == second.stdout
    assert decoded(first.stdout) == [[(0, 0), (10, 0), (10, 10)]]


@pytest.mark.parametrize("content", ["", "[]", '{"type": "Topology", "objects": {}}', "\x00"])
def test_the_program_refuses_other_files(tmp_path: pathlib.Path, content: str) -> None:
    """A file that is no topology ends in exit code 65 and one line that names it."""
    (tmp_path / "wrong.json").write_text(content)
    result = run(str(tmp_path / "wrong.json"))
    assert (result.returncode, result.stdout) == (65, "")
    assert result.stderr.startswith(f"{tmp_path / 'wrong.json'}: ")
    assert result.stderr.count("\n") == 1


def test_the_program_names_a_missing_file(tmp_path: pathlib.Path) -> None:
    """A file that is not there is named, without a traceback."""
    result = run(str(tmp_path / "none.json"))
    assert (result.returncode, result.stderr.count("\n")) == (65, 1)
