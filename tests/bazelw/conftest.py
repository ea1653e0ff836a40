from __future__ import annotations

import pathlib
from collections.abc import Iterator, Mapping

import pytest

from tests.bazelw import mirror, small


@pytest.fixture(scope="session")
def packages() -> dict[str, bytes]:
    """The packages of the tiny root."""
    return small.packages()


@pytest.fixture
def fresh(tmp_path: pathlib.Path, packages: Mapping[str, bytes]) -> Iterator[small.Small]:
    """A workspace on a machine where nothing was made yet."""
    with mirror.serve({}) as served:
        workspace = small.make(tmp_path, served, packages)
        yield workspace
        workspace.end()


@pytest.fixture(scope="session")
def cache(tmp_path_factory: pytest.TempPathFactory, packages: Mapping[str, bytes]) -> pathlib.Path:
    """A cache with the root made."""
    with mirror.serve({}) as served:
        made = small.make(tmp_path_factory.mktemp("made"), served, packages)
        done = made.call("version")
        assert done.code == 0, done.err
        return made.cache


@pytest.fixture
def ready(fresh: small.Small, cache: pathlib.Path) -> small.Small:
    """A workspace whose root was made before."""
    fresh.environment["NIGHTJAR_CACHE"] = str(cache)
    return fresh
