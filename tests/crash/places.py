"""Where crash tests and proofs keep the runs: an empty store of a kind, by its address, as often as one is wanted."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
from psycopg import conninfo, sql

from tools.postgres.server import server

KINDS = ("sqlite", "postgresql", "object")

type NewStore = Callable[[Path], str]
"""The address of an empty store; what lies in files lies in this folder, which is made."""


@contextmanager
def stores(kind: str, folder: Path) -> Iterator[NewStore]:
    """A way to get empty stores, with a server in this folder if the kind needs one."""
    match kind:
        case "sqlite":
            yield lambda place: f"sqlite:{place / 'runs.sqlite'}"
        case "object":
            yield lambda place: (place / "runs").as_uri()
        case "postgresql":
            with databases(folder) as new:
                yield lambda _: new()
        case _:
            raise ValueError(f"{kind!r} is no kind of store: there are {', '.join(KINDS)}")


@contextmanager
def databases(folder: Path) -> Iterator[Callable[[], str]]:
    """A way to get empty databases of one server, by their connection strings."""
    count = itertools.count(1)
    with server(folder) as running, psycopg.connect(running.dsn, autocommit=True) as connection:

        def new() -> str:
            name = f"n{next(count)}"
            connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
            parts = conninfo.conninfo_to_dict(running.dsn)
            return f"postgresql://{parts['user']}:{parts['password']}@{parts['host']}:{parts['port']}/{name}"

        yield new
