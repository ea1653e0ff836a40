"""What comes out of the check: an event that every later step relies on, or one that was set aside. Pure values."""

from __future__ import annotations

import datetime as dt
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One seismic event of the day. `updated` orders versions of it and is not published."""

    id: str
    time: dt.datetime
    magnitude: float | None
    magnitude_type: str | None
    latitude: float
    longitude: float
    depth_km: float | None
    place: str | None
    region: str
    type: str
    status: str | None
    network: str | None
    updated: int

    def as_json(self) -> dict[str, object]:
        """The published form."""
        return {
            "id": self.id,
            "time": self.time.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
            "magnitude": self.magnitude,
            "magnitude_type": self.magnitude_type,
            "latitude": self.latitude,
            "longitude": self.longitude,
            "depth_km": self.depth_km,
            "place": self.place,
            "region": self.region,
            "type": self.type,
            "status": self.status,
            "network": self.network,
        }


@dataclass(frozen=True, slots=True, kw_only=True)
class Quarantined:
    """A feature that was set aside: a code to count by, sentences to read, and the feature as it came."""

    reason: str
    detail: str
    feature: Any

    def as_json(self) -> dict[str, object]:
        """The published form."""
        return {"reason": self.reason, "detail": self.detail, "feature": self.feature}
