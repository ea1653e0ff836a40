"""The HTTP side: an FDSN event service on 127.0.0.1 that answers from recorded catalogues.

One thread a connection. It never listens on any other address, because recorded data belong to nobody but this machine.
"""

from __future__ import annotations

import http.server
import socket
import struct
import threading
import urllib.parse
from dataclasses import dataclass, replace
from typing import Final

from tools.fdsn_replay.answers import Answer, count_answer, error_answer, query_answer, version_answer
from tools.fdsn_replay.catalogue import Catalogue
from tools.fdsn_replay.faults import Fault, Kind, Script
from tools.fdsn_replay.query import BadQueryError, parse

PATH: Final = "/fdsnws/event/1/"
LIMIT: Final = 20_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Service:
    """What is served: the events, the largest answer, and the faults that are to come."""

    catalogue: Catalogue
    limit: int
    faults: Script

    def answer(self, target: str) -> Answer:
        """Answer a request target such as `/fdsnws/event/1/query?starttime=2018-02-01`."""
        parts = urllib.parse.urlsplit(target)
        try:
            match parts.path.removeprefix(PATH):
                case "query":
                    return query_answer(self.catalogue, parse(parts.query), limit=self.limit, target=target)
                case "count":
                    return count_answer(self.catalogue, parse(parts.query))
                case "version":
                    return version_answer()
        except BadQueryError as error:
            return error_answer(400, str(error), target=target)
        return error_answer(404, f"There are {PATH}query, {PATH}count and {PATH}version.", target=target)


class Server(http.server.ThreadingHTTPServer):
    """Listens on a port of this machine; 0 takes a free one."""

    daemon_threads = True

    def __init__(self, service: Service, *, port: int = 0) -> None:
        self.service = service
        self.stopping = threading.Event()
        super().__init__(("127.0.0.1", port), _Handler)

    @property
    def url(self) -> str:
        """The service's address, as NIGHTJAR_SERVICE takes it."""
        return f"http://127.0.0.1:{self.server_port}{PATH}"


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "fdsn_replay"
    server: Server

    def do_GET(self) -> None:
        service = self.server.service
        fault = service.faults.take() if urllib.parse.urlsplit(self.path).path == f"{PATH}query" else None
        answer = service.answer(self.path)
        if fault is None:
            self._send(answer)
        else:
            self._spoil(answer, fault)

    def _spoil(self, answer: Answer, fault: Fault) -> None:
        match fault.kind:
            case Kind.STATUS:
                self._send(error_answer(fault.status, "A fault on demand.", target=self.path), after=fault.retry_after)
            case Kind.TRUNCATE:
                self._send(answer, sent=len(answer.body) // 2)
            case Kind.RESET:
                self._reset()
            case Kind.SLOW:
                self.server.stopping.wait(fault.seconds)
                self._send(answer)
            case Kind.TYPE:
                self._send(replace(answer, type=fault.type))
            case Kind.NONSENSE:
                self._send(replace(answer, status=200, type="application/json", body=b'{"type":"FeatureCollection",'))

    def _send(self, answer: Answer, *, after: int | None = None, sent: int | None = None) -> None:
        self.send_response(answer.status)
        self.send_header("Content-Type", answer.type)
        if answer.status != http.HTTPStatus.NO_CONTENT:
            self.send_header("Content-Length", str(len(answer.body)))
        if after is not None:
            self.send_header("Retry-After", str(after))
        self.end_headers()
        self.wfile.write(answer.body[:sent])
        self.close_connection = sent is not None

    def _reset(self) -> None:
        # Lingering for no time makes the kernel send RST instead of FIN.
        self.connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
        self.connection.close()
        self.close_connection = True

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's.
        """Requests are not worth a line each."""
