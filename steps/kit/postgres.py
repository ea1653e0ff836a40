"""PostgreSQL as steps use it: one connection, settings that cannot wait for ever, errors by what to do about them.

Only steps that need a database import this module, because it brings the driver along. A connection string is a secret:
none of it appears in a message of ours. SQL lies in .sql files beside the step that runs it.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final

import psycopg
from psycopg import conninfo, sql

from steps.kit.errors import Misconfigured, StepError, Unavailable

type Connection = psycopg.Connection[tuple[object, ...]]

CONNECT_SECONDS: Final = 15
_SESSION: Final = {"lock_timeout": "120s", "statement_timeout": "300s", "timezone": "UTC"}

_REFUSALS: Final = (
    "authentication failed",
    "does not exist",
    "is not permitted to log in",
    "no password supplied",
    "no pg_hba.conf entry",
    "permission denied",
    "root certificate file",
    "server does not support SSL",
)
"""What a server or libpq says when trying again cannot help; a failed connection carries no SQLSTATE."""


def parse_dsn(text: str) -> str:
    """A connection string as it is. Raises ValueError that does not show it."""
    try:
        conninfo.conninfo_to_dict(text)
    except psycopg.ProgrammingError:
        # The driver's message quotes the string, so it is left out, as the cause as well.
        raise ValueError("is not a PostgreSQL connection string") from None
    return text


@contextmanager
def connect(dsn: str, *, application: str) -> Iterator[Connection]:
    """A connection in autocommit mode: what belongs together stands in `connection.transaction()`.

    Raises Misconfigured or Unavailable, also for what goes wrong inside the `with` block.
    """
    try:
        with psycopg.connect(
            dsn, autocommit=True, connect_timeout=CONNECT_SECONDS, application_name=application
        ) as connection:
            for name, value in _SESSION.items():
                connection.execute(sql.SQL("SET {} = {}").format(sql.Identifier(name), sql.Literal(value)))
            yield connection
    except (psycopg.OperationalError, psycopg.InterfaceError, psycopg.ProgrammingError) as error:
        raise translate(error) from error


def translate(error: psycopg.Error) -> StepError:
    """The reaction that an error of the driver asks for."""
    text = f"the database: {' '.join(str(error).split())}"
    refused = error.sqlstate is None and any(words in str(error) for words in _REFUSALS)
    if refused or isinstance(error, psycopg.ProgrammingError):
        return Misconfigured(f"{text}: check NIGHTJAR_DATABASE and the rights of its user")
    return Unavailable(text)
