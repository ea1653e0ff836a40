"""The step's own environment: how much may be wrong with a day."""

from __future__ import annotations

from dataclasses import dataclass

from steps.kit.environment import Environment
from steps.validate.limit import parse_share


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`quarantine_limit` is the largest share of wrong events with which a day may pass."""

    quarantine_limit: float


def read_settings(environment: Environment) -> Settings:
    """The step's own environment."""
    limit = environment.read(
        "QUARANTINE_LIMIT", parse_share, default="0.05", remedy="give the share as a number from 0 to 1, such as 0.05"
    )
    return Settings(quarantine_limit=limit)
