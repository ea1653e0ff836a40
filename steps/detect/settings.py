"""The step's own environment: how far to look back, and where the database is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from steps.kit import postgres
from steps.kit.environment import Environment

MOST_DAYS = 3650


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`trailing_days` is how many days before the date are looked at; `database` is a secret."""

    trailing_days: int
    database: str = dataclasses.field(repr=False)


def read_settings(environment: Environment) -> Settings:
    """The step's own environment."""
    return Settings(
        trailing_days=environment.read(
            "TRAILING_DAYS", parse_days, default="30", remedy="give the number of days to compare with, such as 30"
        ),
        database=environment.secret(
            "NIGHTJAR_DATABASE",
            postgres.parse_dsn,
            remedy="give it as postgresql://USER:PASSWORD@HOST/DATABASE or in libpq's keyword form",
        ),
    )


def parse_days(text: str) -> int:
    """A number of days. Raises ValueError that reads on from the text."""
    if not (text.isascii() and text.isdigit() and 1 <= int(text) <= MOST_DAYS):
        raise ValueError(f"is not a whole number from 1 to {MOST_DAYS}")
    return int(text)
