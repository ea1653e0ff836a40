"""The benches on which stores are tested, and the servers that they need: one of each for all tests of a module."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import psycopg
import pytest

from orchestrator.testing import benches, gcs
from tools.postgres.server import Server, server


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A private PostgreSQL."""
    with server(tmp_path_factory.mktemp("postgres")) as running:
        yield running


@pytest.fixture
def dsn(database: Server) -> str:
    """Its database, without the schema of another test."""
    with psycopg.connect(database.dsn) as connection:
        connection.execute("DROP SCHEMA IF EXISTS nightjar CASCADE")
    return database.dsn


@pytest.fixture
def bucket(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[gcs.GcsServer]:
    """A bucket behind HTTP, to which the environment leads."""
    with gcs.server() as running:
        for name, value in running.account(tmp_path).items():
            monkeypatch.setenv(name, value)
        yield running


@pytest.fixture(params=["memory", "sqlite", "postgres", "folder", "bucket", "objects"])
def bench(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[benches.Bench]:
    """Each store in turn."""
    match request.param:
        case "memory":
            made = benches.memory()
        case "sqlite":
            made = benches.sqlite(tmp_path / "runs.sqlite")
        case "postgres":
            made = benches.postgres(request.getfixturevalue("dsn"))
        case "folder":
            made = benches.folder(tmp_path / "a store")
        case "bucket":
            made = benches.bucket(request.getfixturevalue("bucket"))
        case _:
            made = benches.objects()
    yield made
    made.close()
