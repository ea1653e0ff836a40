"""One connection to PostgreSQL that is made again when it is lost, and errors by what to do about them.

A statement may be executed twice, when its answer was lost: only such statements may be given to it for which that is
harmless. The connection string is a secret: what is shown is the address without it. Each statement is a transaction,
and nothing of a session is set, so a pooler may stand between.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping
from typing import Any

import psycopg
import tenacity
from psycopg import conninfo

from orchestrator.core.errors import ConfigurationError, NightjarError, Unavailable

_LOG = logging.getLogger(__name__)

PATIENCE = 60.0
"""Seconds for which a server that is away is waited for: a restart or a failover of a managed one takes less."""
_DEFAULTS: Mapping[str, int | str] = {
    "application_name": "nightjar",
    "connect_timeout": 10,
    "keepalives_idle": 10,
    "keepalives_interval": 5,
    "keepalives_count": 3,
    "tcp_user_timeout": 20_000,
}
FORM = "write postgresql://USER:PASSWORD@HOST:PORT/DATABASE, with %40 for an @ in the password and so on"
_FORBIDDEN = "42501"
_PASSING = {"57P01", "57P02", "57P03", "57P05", "53300", "40001", "40P01", "25006"}
"""Shut down, crashed, starting, idle too long, too many connections, serialization, deadlock, a standby by now."""
_REFUSALS = (
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

type Hurry = Callable[[], bool]
"""Whether somebody asked the process to stop: then a server that is away is not waited for."""
type Connection = psycopg.Connection[tuple[Any, ...]]


class Session:
    """`name` is what messages call the database, `patience` seconds a server that is away is waited for."""

    def __init__(self, dsn: str, *, name: str, patience: float, hurry: Hurry) -> None:
        self._name = name
        self._hurry = hurry
        self._patience = patience
        self._connection: Connection | None = None
        try:
            self._dsn = conninfo.make_conninfo("", **{**_DEFAULTS, **conninfo.conninfo_to_dict(dsn)})
        except psycopg.ProgrammingError:
            # The driver's message quotes the string, so it is left out, as the cause as well.
            raise ConfigurationError([f"{name} is no connection string of PostgreSQL: {FORM}"]) from None

    def run(self, statement: str, parameters: Mapping[str, object] | None = None) -> psycopg.Cursor[tuple[Any, ...]]:
        """Execute one statement and commit it."""
        encoded = statement.encode()
        return self.perform(lambda connection: connection.execute(encoded, parameters, prepare=True))

    def perform[T](self, work: Callable[[Connection], T]) -> T:
        """Do this on the connection, and again on another one if that is lost: the work may be done twice.

        Waits for a server that is away for a while. Raises ConfigurationError or Unavailable.
        """
        try:
            return self._once(work)
        except psycopg.Error as err:
            if not _passes(err):
                raise self._translated(err) from err
            _LOG.warning("%s: %s: trying again for %d s", self._name, _text(err), self._patience)
        return self._again(work)

    def close(self) -> None:
        """Let go of the connection."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _again[T](self, work: Callable[[Connection], T]) -> T:
        long_enough = tenacity.stop_after_delay(self._patience)
        retrying = tenacity.Retrying(
            retry=tenacity.retry_if_exception(_passes),
            stop=lambda state: self._hurry() or long_enough(state),
            wait=tenacity.wait_random_exponential(multiplier=0.05, max=2),
            reraise=True,
        )
        try:
            done: T = retrying(self._once, work)
        except psycopg.Error as err:
            raise self._translated(err) from err
        return done

    def _once[T](self, work: Callable[[Connection], T]) -> T:
        if self._connection is None:
            self._connection = psycopg.connect(self._dsn, autocommit=True)
        try:
            return work(self._connection)
        except psycopg.Error as err:
            if _passes(err):
                self.close()
            raise

    def _translated(self, err: psycopg.Error) -> NightjarError:
        """What an error of the driver means for whoever uses the store."""
        problem = f"the store {self._name}: {_text(err)}"
        if err.sqlstate == _FORBIDDEN:
            return ConfigurationError([f"{problem}: give its user the right: GRANT CREATE ON DATABASE … TO …"])
        if _refused(err):
            return ConfigurationError([f"{problem}: check user, password and database of --store"])
        return Unavailable(f"{problem}: see whether the server runs and can be reached; the run can go on then")


def _passes(err: BaseException) -> bool:
    """Whether the same statement may work in a moment."""
    if not isinstance(err, psycopg.OperationalError | psycopg.InterfaceError | psycopg.InternalError):
        return False
    if err.sqlstate is None:
        return not _refused(err)
    return err.sqlstate in _PASSING or err.sqlstate.startswith("08")


def _refused(err: psycopg.Error) -> bool:
    return err.sqlstate in {"28000", "28P01", "3D000"} or (
        err.sqlstate is None and any(words in str(err) for words in _REFUSALS)
    )


def _text(err: psycopg.Error) -> str:
    return " ".join(str(err).split())
