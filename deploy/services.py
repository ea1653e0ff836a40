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
_LOG = "service.log"


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
        replay, service = stack.enter_context(recorded_service(place.folder, program("CATALOGUE")))
        parts[replay.process.pid] = f"the recorded service ({place.folder / _LOG})"
    if needs.database:
        database = stack.enter_context(server(place.database, durable=True))
        parts[database.pid] = f"PostgreSQL ({database.log})"
        secrets = dict.fromkeys(needs.database, database.dsn)
    if needs.service and service is not None:
        env[SERVICE] = service
    return Services(env=env, secrets=secrets, parts=parts)


@contextmanager
def recorded_service(folder: pathlib.Path, catalogue: pathlib.Path) -> Iterator[tuple[Child, str]]:
    """The service of a recorded catalogue and its address; the folder has its port and its log. Raises PlaceError."""
    port, log = folder / "service.port", folder / _LOG
    port.unlink(missing_ok=True)
    command: list[str | pathlib.Path] = [program("FDSN_REPLAY"), "--port-file", port, catalogue]
    child = children.start("the recorded service", command, log=log, environ=os.environ)
    try:
        deadline = time.monotonic() + _START_SECONDS
        while not port.exists():
            if child.process.poll() is not None or time.monotonic() > deadline:
                raise PlaceError(f"the recorded service did not start; see {log}")
            time.sleep(0.01)
        yield child, f"http://127.0.0.1:{port.read_text().strip()}/fdsnws/event/1/"
    finally:
        child.stop(patience=_STOP_SECONDS)
