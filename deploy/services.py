"""What the steps need on this machine beside the orchestrator: the recorded service, a private PostgreSQL."""

from __future__ import annotations

import os
import pathlib
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass

from deploy import children
from deploy.children import Child, program
from deploy.place import SERVICE, Needs, Place, PlaceError
from tools.postgres.server import server

_STOP_SECONDS = 12.0
_START_SECONDS = 20.0


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The values that tell the steps of what runs, and its processes by what people call them."""

    env: dict[str, str]
    secrets: dict[str, str]
    parts: dict[int, str]


def provide(stack: ExitStack, place: Place, needs: Needs, *, service: str | None) -> Services:
    """Start what the steps need; it ends with the stack."""
    env: dict[str, str] = {}
    secrets: dict[str, str] = {}
    parts: dict[int, str] = {}
    if needs.service and service is None:
        replay = stack.enter_context(_replay(place))
        parts[replay.process.pid] = f"the recorded service ({place.service_log})"
        service = _address(replay, place)
    if needs.database:
        database = stack.enter_context(server(place.database, durable=True))
        parts[database.pid] = f"PostgreSQL ({database.log})"
        secrets = dict.fromkeys(needs.database, database.dsn)
    if needs.service and service is not None:
        env[SERVICE] = service
    return Services(env=env, secrets=secrets, parts=parts)


@contextmanager
def _replay(place: Place) -> Iterator[Child]:
    port = place.folder / "service.port"
    port.unlink(missing_ok=True)
    command: list[str | pathlib.Path] = [program("FDSN_REPLAY"), "--port-file", port, program("CATALOGUE")]
    child = children.start("the recorded service", command, log=place.service_log, environ=os.environ)
    try:
        yield child
    finally:
        child.stop(patience=_STOP_SECONDS)


def _address(replay: Child, place: Place) -> str:
    """The recorded service's address, once it listens."""
    port = place.folder / "service.port"
    deadline = time.monotonic() + _START_SECONDS
    while not port.exists():
        if replay.process.poll() is not None or time.monotonic() > deadline:
            raise PlaceError(f"the recorded service did not start; see {place.service_log}")
        time.sleep(0.01)
    return f"http://127.0.0.1:{port.read_text().strip()}/fdsnws/event/1/"
