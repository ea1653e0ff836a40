"""One sound event as USGS writes it, and variations of it, for the tests of this step."""

from __future__ import annotations

import copy
import datetime as dt
from typing import Any

from steps.validate.check import Day

DAY = Day(dt.datetime(2018, 2, 1, 5, tzinfo=dt.UTC), dt.datetime(2018, 2, 2, 5, tzinfo=dt.UTC))
START = 1517461200000
FEATURE: dict[str, Any] = {
    "type": "Feature",
    "id": "nc72964391",
    "properties": {
        "mag": 2.5, "magType": "md", "place": "4km S of Toms Place, CA", "time": START + 3120, "updated": 5,
        "status": "reviewed", "net": "nc", "type": "earthquake",
    },
    "geometry": {"type": "Point", "coordinates": [-118.675, 37.53, 7.64]},
}  # fmt: skip


def changed(path: str, value: object) -> dict[str, Any]:
    """The event with another value at a path such as `geometry.coordinates.0`."""
    feature = copy.deepcopy(FEATURE)
    *folders, name = path.split(".")
    place: Any = feature
    for folder in folders:
        place = place[int(folder) if folder.isdigit() else folder]
    place[int(name) if name.isdigit() else name] = value
    return feature
