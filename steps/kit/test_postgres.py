from __future__ import annotations

import psycopg
import pytest

from steps.kit.errors import Misconfigured, StepError, Unavailable
from steps.kit.postgres import parse_dsn, translate


@pytest.mark.parametrize("text", ["host=a password=hunter2 oops", "postgresql://a:hunter2@h/db?nonsense=1"])
def test_a_bad_connection_string_is_not_shown(text: str) -> None:
    """Neither the message nor its cause quotes what may hold a password."""
    with pytest.raises(ValueError, match="is not a PostgreSQL connection string") as raised:
        parse_dsn(text)
    assert "hunter2" not in str(raised.value)
    assert raised.value.__cause__ is None


@pytest.mark.parametrize(
    ("error", "reaction"),
    [
        (psycopg.OperationalError('FATAL: password authentication failed for user "a"'), Misconfigured),
        (psycopg.OperationalError('FATAL: database "quakes" does not exist'), Misconfigured),
        (psycopg.OperationalError("connection refused"), Unavailable),
        (psycopg.OperationalError("FATAL: the database system is starting up"), Unavailable),
        (psycopg.OperationalError("FATAL: sorry, too many clients already"), Unavailable),
        (psycopg.InterfaceError("the connection is closed"), Unavailable),
        (psycopg.errors.DeadlockDetected("deadlock detected"), Unavailable),
        (psycopg.errors.AdminShutdown("terminating connection"), Unavailable),
        (psycopg.errors.InsufficientPrivilege("permission denied for schema quakes"), Misconfigured),
        (psycopg.errors.UndefinedTable('relation "quakes.loads" does not exist'), Misconfigured),
    ],
)
def test_errors_become_what_to_do_about_them(error: psycopg.Error, reaction: type[StepError]) -> None:
    """Where another attempt may work the step says so, and only there."""
    assert type(translate(error)) is reaction
