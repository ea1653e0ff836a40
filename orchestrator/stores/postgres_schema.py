"""The schema `nightjar` of a PostgreSQL database, brought up to date by numbered migrations.

One process does that, under an advisory lock and in one transaction; who comes later finds it done. A schema that a
newer nightjar wrote is refused and left as it is.
"""

from __future__ import annotations

from typing import Any

from orchestrator.core.errors import ConfigurationError
from orchestrator.stores.postgres_session import Connection
from orchestrator.stores.queries import migrations, query

_DATABASE = "postgres"


def update(connection: Connection, name: str) -> None:
    """Apply what is missing. `name` is what messages call the database."""
    if _version(connection, name) == len(migrations(_DATABASE)):
        return
    with connection.transaction():
        _execute(connection, "lock_schema")
        for exists, statement in zip(_exists(connection), ("create_schema", "create_migrations"), strict=True):
            if not exists:
                _execute(connection, statement)
        done = _version(connection, name)
        for number, script in enumerate(migrations(_DATABASE)[done:], done + 1):
            connection.execute(script.encode())
            connection.execute(query(_DATABASE, "insert_migration").encode(), {"number": number})


def _version(connection: Connection, name: str) -> int:
    """How many migrations were applied."""
    if not all(_exists(connection)):
        return 0
    known = len(migrations(_DATABASE))
    (version,) = _execute(connection, "select_version")
    if version > known:
        newer = f"was written by a newer nightjar (schema {version}, this one knows {known})"
        raise ConfigurationError([f"the store {name} {newer}: use that version, or another --store"])
    return int(version)


def _exists(connection: Connection) -> tuple[bool, bool]:
    """Whether the schema and its table of migrations are there."""
    schema, table = _execute(connection, "select_schema")
    return schema, table


def _execute(connection: Connection, name: str) -> tuple[Any, ...]:
    """The first row of a statement, if it gives one."""
    cursor = connection.execute(query(_DATABASE, name).encode())
    return (cursor.fetchone() or ()) if cursor.description else ()
