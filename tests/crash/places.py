"""Where crash tests and proofs keep the runs: an empty store of a kind, by its address, as often as one is wanted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import psycopg
from psycopg import conninfo, sql

from tools.postgres.server import Server, server

KINDS = ("sqlite", "postgresql", "object")

type NewStore = Callable[[Path], str]
"""The address of an empty store; what lies in files lies in this folder."""


@dataclass(frozen=True, slots=True)
class Databases:
    """Empty databases of one server, by their connection strings."""

    running: Server
    connection: psycopg.Connection
    _count: Iterator[int] = field(default_factory=lambda: itertools.count(1))

    def new(self) -> str:
        """Make one."""
        name = f"n{next(self._count)}"
        self.connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
        parts = conninfo.conninfo_to_dict(self.running.dsn)
        return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{name}"

    def drop(self, dsn: str) -> None:
        """Remove one that `new` made, whoever is still connected."""
        name = sql.Identifier(str(conninfo.conninfo_to_dict(dsn)["dbname"]))
        self.connection.execute(sql.SQL("DROP DATABASE {} WITH (FORCE)").format(name))


@contextmanager
def databases(folder: Path) -> Iterator[Databases]:
    """A server whose data lie in this folder."""
    with server(folder) as running, psycopg.connect(running.dsn, autocommit=True) as connection:
        yield Databases(running, connection)


@contextmanager
def stores(kind: str, folder: Path) -> Iterator[NewStore]:
    """A way to get empty stores, with a server in this folder if the kind needs one."""
    if kind != "postgresql":
        yield lambda place: address(kind, place)
        return
    with databases(folder) as made:
        yield lambda _: made.new()


def address(kind: str, place: Path, dsn: str = "") -> str:
    """The address of a store of this kind, in this folder or in this database."""
    match kind:
        case "sqlite":
            return f"sqlite:{place / 'runs.sqlite'}"
        case "object":
            return (place / "runs").as_uri()
        case "postgresql":
            return dsn
        case _:
            raise ValueError(f"{kind!r} is no kind of store: there are {', '.join(KINDS)}")
