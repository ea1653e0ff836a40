"""The few things that extract has to know about a raw event: when it was, and its place in the order. Pure.

A raw event is a GeoJSON feature as USGS writes it. Anything may be wrong with it; what cannot be read here is kept, so
that `validate` can set it aside with its reason.
"""

from __future__ import annotations

from typing import Any

from steps.kit import codec

type Feature = dict[str, Any]


def milliseconds(feature: Any) -> int | None:
    """When the event was, in milliseconds since 1970; None when the feature does not say."""
    properties = feature.get("properties") if isinstance(feature, dict) else None
    time = properties.get("time") if isinstance(properties, dict) else None
    return time if type(time) is int else None


def order(feature: Any) -> tuple[int, str, bytes]:
    """Sort key: time, then id, then the whole content, so that the order never depends on the service's."""
    time = milliseconds(feature)
    identity = feature.get("id") if isinstance(feature, dict) else None
    return (-1 if time is None else time, str(identity), codec.encode(feature))
