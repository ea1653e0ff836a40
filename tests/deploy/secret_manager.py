"""Secret Manager on this machine, as far as `//deploy` asks it: secrets, their versions, and no value given back."""

from __future__ import annotations

import base64
import contextlib
import http.server
import json
import re
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import ClassVar, override

_PATH = re.compile(r"/v1/projects/(?P<project>[^/]+)/secrets(?:/(?P<name>[^/:]+)(?P<rest>.*))?")


@dataclass(slots=True, kw_only=True)
class SecretManager:
    """What it has: the values of each secret, version 1 first, and which versions are disabled."""

    port: int
    values: dict[str, list[str]] = field(default_factory=dict)
    disabled: set[tuple[str, int]] = field(default_factory=set)

    @property
    def address(self) -> str:
        """HOST:PORT."""
        return f"127.0.0.1:{self.port}"


@contextlib.contextmanager
def secret_manager() -> Iterator[SecretManager]:
    """One that answers until the block ends."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    _Handler.all[server.server_port] = found = SecretManager(port=server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del _Handler.all[server.server_port]


class _Handler(http.server.BaseHTTPRequestHandler):
    all: ClassVar[dict[int, SecretManager]] = {}
    """By port: the server gives a handler no more."""

    @property
    def _manager(self) -> SecretManager:
        return self.all[self.server.server_port]  # type: ignore[attr-defined]  # it listens on TCP

    def do_GET(self) -> None:
        match = _PATH.fullmatch(self.path.partition("?")[0])
        name, rest = (match["name"], match["rest"]) if match else (None, "")
        values = self._manager.values
        if name is None:
            self._say(200, {"secrets": [{"name": f"projects/p/secrets/{each}"} for each in values]})
        elif name not in values:
            self._say(404, {"error": {"message": f"Secret {name} not found"}})
        elif not rest:
            self._say(200, {"name": f"projects/p/secrets/{name}"})
        elif rest == "/versions":
            numbers = range(len(values[name]), 0, -1)
            self._say(200, {"versions": [self._version(name, number) for number in numbers]})
        else:
            wanted = rest.removeprefix("/versions/")
            number = len(values[name]) if wanted == "latest" else int(wanted)
            if not 0 < number <= len(values[name]):
                self._say(404, {"error": {"message": f"Secret Version {wanted} not found"}})
            else:
                self._say(200, self._version(name, number))

    def do_POST(self) -> None:
        match = _PATH.fullmatch(self.path)
        body = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        if match is None or match["rest"] != ":addVersion" or match["name"] not in self._manager.values:
            self._say(404, {"error": {"message": "Secret not found"}})
            return
        versions = self._manager.values[match["name"]]
        versions.append(base64.b64decode(body["payload"]["data"]).decode())
        self._say(200, self._version(match["name"], len(versions)))

    def _version(self, name: str, number: int) -> dict[str, str]:
        state = "DISABLED" if (name, number) in self._manager.disabled else "ENABLED"
        return {"name": f"projects/p/secrets/{name}/versions/{number}", "state": state}

    def _say(self, status: int, body: object) -> None:
        content = json.dumps(body).encode()
        self.send_response(status)
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, *_arguments: object) -> None:
        pass
