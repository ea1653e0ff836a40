"""A webhook's other end for tests: a real HTTP server on loopback that answers as it is told and remembers."""

from __future__ import annotations

import threading
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import TracebackType
from typing import Self

PATIENCE = 60.0
SECRET_PATH = "/services/T0TEAM/B0BOT/very-secret-token?key=also-secret"  # noqa: S105  (nobody's)


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """One answer; `hangs` gives none for as long as the receiver lives."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    body: bytes = b"ok"
    hangs: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was received."""

    path: str
    headers: Mapping[str, str]
    body: bytes


class Receiver:
    """Gives the answers in order, then the last one for ever. `requests` are what came so far."""

    def __init__(self, answers: Sequence[Answer] = (Answer(),)) -> None:
        self.requests: list[Request] = []
        self._answers = tuple(answers)
        self._changed = threading.Condition()
        self._closing = threading.Event()
        self._server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler())
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    @property
    def address(self) -> str:
        """Where to send to; all but the port is the same for all receivers."""
        return f"http://127.0.0.1:{self._server.server_port}{SECRET_PATH}"

    @property
    def keys(self) -> list[str]:
        """The idempotency keys of the requests, in order."""
        return [request.headers["idempotency-key"] for request in tuple(self.requests)]

    def wait_for(self, count: int) -> None:
        """Return when so many requests have come."""
        with self._changed:
            if not self._changed.wait_for(lambda: len(self.requests) >= count, PATIENCE):
                raise TimeoutError(f"{len(self.requests)} of {count} requests came")

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._closing.set()
        self._server.shutdown()
        self._server.server_close()
        self._thread.join()

    def _next(self, request: Request) -> Answer:
        with self._changed:
            self.requests.append(request)
            self._changed.notify_all()
            return self._answers[min(len(self.requests), len(self._answers)) - 1]

    def _handler(self) -> type[BaseHTTPRequestHandler]:
        receiver = self

        class Handler(BaseHTTPRequestHandler):
            def do_POST(self) -> None:
                body = self.rfile.read(int(self.headers["Content-Length"]))
                headers = {name.lower(): value for name, value in self.headers.items()}
                answer = receiver._next(Request(path=self.path, headers=headers, body=body))
                if answer.hangs:
                    receiver._closing.wait()
                    self.close_connection = True
                    return
                self.send_response(answer.status)
                for name, value in {"Content-Length": str(len(answer.body)), **answer.headers}.items():
                    self.send_header(name, value)
                self.end_headers()
                self.wfile.write(answer.body)

            def log_message(self, *_: object) -> None:
                pass

        return Handler
