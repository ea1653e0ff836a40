"""The step's own environment: where the database is."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

from steps.kit import postgres
from steps.kit.environment import Environment


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """`database` is a PostgreSQL connection string, a secret."""

    database: str = dataclasses.field(repr=False)


def read_settings(environment: Environment) -> Settings:
    """The step's own environment."""
    return Settings(
        database=environment.secret(
            "NIGHTJAR_DATABASE",
            postgres.parse_dsn,
            remedy="give it as postgresql://USER:PASSWORD@HOST/DATABASE or in libpq's keyword form",
        )
    )
