"""The step's own environment: whom to ask, and in which format."""

from __future__ import annotations

from dataclasses import dataclass

from steps.extract.client import Format, parse_format, parse_service
from steps.kit.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """Whom to ask, and in which of the formats that the service offers."""

    service: str
    format: Format


def read_settings(environment: Environment) -> Settings:
    """The step's own environment."""
    return Settings(
        service=environment.read(
            "NIGHTJAR_SERVICE",
            parse_service,
            remedy="give the address of an FDSN event service, such as https://earthquake.usgs.gov/fdsnws/event/1/",
        ),
        format=environment.read(
            "NIGHTJAR_SERVICE_FORMAT",
            parse_format,
            default=Format.GEOJSON,
            remedy="geojson is what USGS offers, text is what every FDSN service offers",
        ),
    )
