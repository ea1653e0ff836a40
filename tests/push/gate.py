"""A registry as the strict ones are: it lets nobody in without a token, and has a blob only where it was put.

crane's own registry lies behind it. That one lets everybody in and shows each blob under every name, so nothing would
ever be mounted. It can cut an upload in the middle, and refuse as registries do.
"""

from __future__ import annotations

import base64
import contextlib
import http.client
import http.server
import json
import re
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import ClassVar, Final, override
from urllib.parse import parse_qs, urlsplit

USER: Final = "somebody:secret"
"""Who may push."""
_BITE = 65_536
_PATH = re.compile(r"/v2/(?P<name>.+?)/(?P<kind>blobs|manifests)/(?P<rest>.*)")
_DROPPED = {"connection", "transfer-encoding", "content-length", "host", "authorization", "date"}


class _CutOff(Exception):  # noqa: N818
    """The connection is to end here."""


@dataclass(slots=True, kw_only=True)
class Gate:
    """What it does and what it saw. Everything may be changed while it serves."""

    port: int
    behind: int
    cuts: int = 0
    """How many more uploads are cut."""
    cut_after: int = 1_000_000
    """Bytes of an upload before it is cut; smaller ones pass."""
    refusal: tuple[int, str] | None = None
    """Status and code with which whatever writes is refused."""
    has: set[tuple[str, str]] = field(default_factory=set)
    """Name and digest of each blob."""
    uploaded: dict[tuple[str, str], list[int]] = field(default_factory=dict)
    """Bytes of each upload that ended, by name and digest."""
    mounted: set[tuple[str, str]] = field(default_factory=set)
    asked: list[str] = field(default_factory=list)
    """Method and path of every request."""
    open: dict[str, int] = field(default_factory=dict)
    lock: threading.Lock = field(default_factory=threading.Lock)

    @property
    def host(self) -> str:
        """The registry as references name it."""
        return f"127.0.0.1:{self.port}"

    def sent(self) -> int:
        """Bytes of all blobs that arrived."""
        return sum(sum(sizes) for sizes in self.uploaded.values())

    def cut_next(self) -> bool:
        """Whether this upload is to be cut."""
        with self.lock:
            self.cuts -= 1 if (cut := self.cuts > 0) else 0
        return cut


@contextlib.contextmanager
def gate(behind: int) -> Iterator[Gate]:
    """A gate before the registry at a port of this machine."""
    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), _Handler)
    server.daemon_threads = True
    found = Gate(port=server.server_port, behind=behind)
    _Handler.gates[server.server_port] = found
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield found
    finally:
        server.shutdown()
        thread.join()
        server.server_close()
        del _Handler.gates[server.server_port]


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    gates: ClassVar[dict[int, Gate]] = {}
    """By port: the server gives a handler no more."""

    @property
    def gate(self) -> Gate:
        return self.gates[self.server.server_port]  # type: ignore[attr-defined]

    def do_GET(self) -> None:
        self._answer()

    do_HEAD = do_POST = do_PUT = do_PATCH = do_DELETE = do_GET  # noqa: N815

    @override
    def log_message(self, *_arguments: object) -> None:
        pass

    def _answer(self) -> None:
        self.gate.asked.append(f"{self.command} {self.path}")
        try:
            body = self._body()
        except (_CutOff, ConnectionError):
            self.close_connection = True
            return
        url = urlsplit(self.path)
        if url.path == "/token":
            self._token(parse_qs(url.query))
        elif not self._may(url.path, parse_qs(url.query)):
            realm = f'Bearer realm="http://{self.gate.host}/token",service="gate"'
            self._say(401, _problem("UNAUTHORIZED"), {"WWW-Authenticate": realm})
        else:
            self._serve(url.path, parse_qs(url.query), body)

    def _serve(self, path: str, query: Mapping[str, list[str]], body: bytes) -> None:
        gate, match = self.gate, _PATH.fullmatch(path)
        writes = self.command not in {"GET", "HEAD"}
        if writes and gate.refusal is not None:
            self._say(gate.refusal[0], _problem(gate.refusal[1]))
            return
        name = match["name"] if match else ""
        if match and match["kind"] == "blobs" and not writes and (name, match["rest"]) not in gate.has:
            self._say(404, _problem("BLOB_UNKNOWN"))
            return
        if "mount" in query and (query["from"][0], query["mount"][0]) in gate.has:
            gate.has.add((name, query["mount"][0]))
            gate.mounted.add((name, query["mount"][0]))
            self._say(201, b"", {"Location": f"/v2/{name}/blobs/{query['mount'][0]}"})
            return
        if "mount" in query:
            self._say(202, b"", {"Location": f"/v2/{name}/blobs/uploads/none"})
            return
        self._forward(name, query, body)

    def _forward(self, name: str, query: Mapping[str, list[str]], body: bytes) -> None:
        gate = self.gate
        headers = {key: value for key, value in self.headers.items() if key.lower() not in _DROPPED}
        with contextlib.closing(http.client.HTTPConnection("127.0.0.1", gate.behind, timeout=60)) as there:
            there.request(self.command, self.path, body=body, headers=headers)
            answer = there.getresponse()
            content = answer.read()
            if self.command == "PATCH":
                gate.open[urlsplit(self.path).path] = len(body)
            if self.command == "PUT" and "digest" in query and answer.status == http.HTTPStatus.CREATED:
                key = (name, query["digest"][0])
                gate.has.add(key)
                gate.uploaded.setdefault(key, []).append(gate.open.pop(urlsplit(self.path).path, 0) + len(body))
            self._say(answer.status, content, dict(answer.getheaders()))

    def _body(self) -> bytes:
        """The request's body. Raises _CutOff in the middle of one that is to be cut."""
        taken = bytearray()
        for piece in self._pieces():
            taken += piece
            if self.command == "PATCH" and len(taken) > self.gate.cut_after and self.gate.cut_next():
                raise _CutOff
        return bytes(taken)

    def _pieces(self) -> Iterator[bytes]:
        if self.headers.get("Transfer-Encoding") == "chunked":
            while size := int(self.rfile.readline().split(b";")[0], 16):
                yield self.rfile.read(size)
                self.rfile.readline()
            self.rfile.readline()
            return
        left = int(self.headers.get("Content-Length", 0))
        while left > 0 and (piece := self.rfile.read(min(left, _BITE))):
            left -= len(piece)
            yield piece

    def _token(self, query: Mapping[str, list[str]]) -> None:
        """A token is the scopes that were asked for; only USER gets one."""
        if self.headers.get("Authorization") != f"Basic {base64.b64encode(USER.encode()).decode()}":
            self._say(401, _problem("UNAUTHORIZED"))
            return
        scopes = " ".join(query.get("scope", []))
        self._say(200, json.dumps({"token": base64.urlsafe_b64encode(scopes.encode()).decode()}).encode())

    def _may(self, path: str, query: Mapping[str, list[str]]) -> bool:
        kind, _, token = self.headers.get("Authorization", "").partition(" ")
        if kind != "Bearer":
            return False
        given = {}
        for scope in base64.urlsafe_b64decode(token).decode().split():
            _, name, actions = scope.split(":")
            given[name] = actions
        match = _PATH.fullmatch(path)
        if match is None:
            return True
        need = "pull" if self.command in {"GET", "HEAD"} else "push"
        return need in given.get(match["name"], "") and all(
            "pull" in given.get(name, "") for name in query.get("from", [])
        )

    def _say(self, status: int, body: bytes, headers: Mapping[str, str] | None = None) -> None:
        self.send_response(status)
        for key, value in (headers or {}).items():
            if key.lower() not in _DROPPED:
                self.send_header(key, value)
        length = (headers or {}).get("Content-Length") if self.command == "HEAD" else None
        self.send_header("Content-Length", length or str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)


def _problem(code: str) -> bytes:
    return json.dumps({"errors": [{"code": code, "message": f"the gate says {code}"}]}).encode()
