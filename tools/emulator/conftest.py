from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tools.emulator.emulator import Emulator, Settings
from tools.emulator.testing import Clients


class Output(io.StringIO):
    """What an emulator says; kept after its end."""

    def entries(self) -> list[dict[str, Any]]:
        """The entries so far."""
        return [json.loads(line) for line in self.getvalue().splitlines()]


class Site:
    """Starts emulators on one state folder, and their clients."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.output = Output()
        self._emulator: Emulator | None = None
        self._clients: list[Clients] = []

    def start(self, transport: Any = "grpc", **settings: Any) -> Clients:
        """Start the emulator, and the clients by this transport."""
        short = {"grace": timedelta(seconds=0.5), **settings}
        emulator = Emulator(Settings(state=self.folder / "state", root=self.folder, **short), self.output)
        emulator.start()
        self._emulator = emulator
        self._clients.append(Clients.of(f"127.0.0.1:{emulator.port}", transport))
        return self._clients[-1]

    def stop(self) -> None:
        """Stop the emulator as SIGTERM does."""
        for clients in self._clients:
            clients.close()
        self._clients = []
        if self._emulator is not None:
            self._emulator.stop()
            self._emulator = None


@pytest.fixture
def site(tmp_path: Path) -> Iterator[Site]:
    """A place for an emulator."""
    made = Site(tmp_path)
    yield made
    made.stop()


@pytest.fixture
def start(site: Site) -> Callable[..., Clients]:
    """Start an emulator."""
    return site.start


@pytest.fixture
def clients(site: Site) -> Clients:
    """The clients of an emulator, by gRPC."""
    return site.start()


@pytest.fixture(params=["grpc", "rest"])
def either(request: pytest.FixtureRequest, site: Site) -> Clients:
    """The clients of an emulator, by one transport and by the other."""
    return site.start(request.param)
