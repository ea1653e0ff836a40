from __future__ import annotations

import hashlib
import pathlib
from collections.abc import Callable, Iterator

import psycopg
import pytest
from psycopg import sql

from tests.steps.programs import Day, Replay, replay
from tools.postgres.server import Server, server

CATALOGUE = pathlib.Path("tests/data/usgs-2018-02.geojson")


@pytest.fixture(scope="session", autouse=True)
def bytecode(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Lets the many processes of these tests compile each module once."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPYCACHEPREFIX", str(tmp_path_factory.mktemp("bytecode")))
        yield


@pytest.fixture(scope="session")
def postgres(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real PostgreSQL for all tests of this process."""
    with server(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture
def database(postgres: Server, request: pytest.FixtureRequest) -> str:
    """Connection string of an empty database of this test's own."""
    name = f"test_{hashlib.sha256(request.node.nodeid.encode()).hexdigest()[:16]}"
    with psycopg.connect(postgres.dsn, autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE DATABASE {}").format(sql.Identifier(name)))
    return postgres.dsn.removesuffix("/postgres") + f"/{name}"


@pytest.fixture(scope="session")
def service(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Replay]:
    """The recorded catalogue behind the protocol of the real service, without faults."""
    with replay(CATALOGUE, folder=tmp_path_factory.mktemp("replay")) as running:
        yield running


@pytest.fixture
def day(tmp_path: pathlib.Path, database: str, service: Replay) -> Callable[..., Day]:
    """Makes a run of a date with an object store of its own and the test's database."""

    def make(date: str = "2018-02-01", *, generation: int = 1, storage: str = "storage", url: str | None = None) -> Day:
        return Day(
            date=date,
            generation=generation,
            storage=tmp_path / storage,
            settings={
                "NIGHTJAR_SERVICE": url or service.url,
                "NIGHTJAR_DATABASE": database,
                "QUARANTINE_LIMIT": "0.05",
                "TRAILING_DAYS": "30",
            },
        )

    return make
