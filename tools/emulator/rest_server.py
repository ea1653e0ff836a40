"""The API on REST, from the same table as gRPC: JSON by protobuf's own rules, errors with google.rpc.Status."""

from __future__ import annotations

import http.server
import json
import re
import threading
import traceback
import urllib.parse
from collections.abc import Callable, Sequence
from http import HTTPStatus
from typing import Any, Final

from google.protobuf import json_format

from tools.emulator import faults_file
from tools.emulator.calls import Calls
from tools.emulator.errors import HTTP, ApiError, Code, ConnectionCut
from tools.emulator.grpc_server import status
from tools.emulator.methods import Method
from tools.emulator.wire import Message

FAULTS: Final = "/_faults"
_VERSION: Final = "/v2/"
_MOST_BYTES: Final = 32 << 20


class RestServer(http.server.ThreadingHTTPServer):
    """Listens on a loopback port of its own. `cut` resets the connection of a peer."""

    daemon_threads = True

    def __init__(self, methods: Sequence[Method], calls: Calls, *, cut: Callable[[int], None]) -> None:
        self.methods = [(method, re.compile(method.rest.path)) for method in methods]
        self.calls = calls
        self.cut = cut
        super().__init__(("127.0.0.1", 0), _Handler)
        self._thread = threading.Thread(target=self.serve_forever, args=(0.05,), name="rest")

    def start(self) -> None:
        """Answer from now on."""
        self._thread.start()

    def stop(self) -> None:
        """Take no more calls."""
        self.shutdown()
        self._thread.join()
        self.server_close()


class _Handler(http.server.BaseHTTPRequestHandler):
    protocol_version = "HTTP/1.1"
    server_version = "emulator"
    server: RestServer

    def do_GET(self) -> None:
        self._answer()

    def do_POST(self) -> None:
        self._answer()

    def do_PATCH(self) -> None:
        self._answer()

    def do_DELETE(self) -> None:
        self._answer()

    def _answer(self) -> None:
        parts = urllib.parse.urlsplit(self.path)
        query = dict(urllib.parse.parse_qsl(parts.query))
        numbers = "enum-encoding=int" in query.pop("$alt", "")
        try:
            body = self._body()
            if parts.path == FAULTS:
                self._send(HTTPStatus.OK, self._faults(body))
                return
            method, message = self._request(parts.path, query, body)
            answer = self.server.calls.call(method, message)
            self._send(HTTPStatus.OK, json_format.MessageToJson(answer, use_integers_for_enums=numbers))
        except ApiError as err:
            self._send(HTTP[err.code], _error(err))
        except ConnectionCut:
            self.close_connection = True
            self.server.cut(self.client_address[1])
        except Exception:  # noqa: BLE001 - as grpc does: one call's mistake of ours is told, and ends no other.
            traceback.print_exc()
            self._send(HTTP[Code.INTERNAL], _error(ApiError(Code.INTERNAL, "The emulator has a mistake; see its log.")))

    def _body(self) -> bytes:
        length = int(self.headers.get("Content-Length") or 0)
        if length > _MOST_BYTES:
            raise ApiError(Code.INVALID_ARGUMENT, f"The body has {length} bytes: at most {_MOST_BYTES} are read.")
        return self.rfile.read(length)

    def _request(self, path: str, query: dict[str, str], body: bytes) -> tuple[Method, Message]:
        name = urllib.parse.unquote(path.removeprefix(_VERSION)) if path.startswith(_VERSION) else ""
        for method, pattern in self.server.methods:
            found = pattern.fullmatch(name)
            if found is not None and method.rest.verb == self.command:
                return method, _message(method, found[1], query, body)
        raise ApiError(Code.NOT_FOUND, f"{self.command} {path} is no method of this API.")

    def _faults(self, body: bytes) -> str:
        script = self.server.calls.script
        match self.command:
            case "POST":
                script.replace(faults_file.read_body(body))
            case "DELETE":
                script.replace(faults_file.NOTHING)
            case _:
                pass
        return faults_file.dumps(*script.plan())

    def _send(self, code: int, body: str) -> None:
        content = body.encode()
        self.send_response(code)
        self.send_header("Content-Type", "application/json; charset=UTF-8")
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - the name is the base class's.
        """Requests are not worth a line each."""


def _message(method: Method, name: str, query: dict[str, str], body: bytes) -> Message:
    """The request that gRPC would have: what the query, the path and the body say, in one message."""
    fields = _nested(query)
    try:
        content = json.loads(body) if body else {}
        if method.rest.body:
            fields[method.rest.body] = content
        elif isinstance(content, dict):
            fields |= content
        *above, last = method.rest.field.split(".")
        inner = fields
        for part in above:
            inner = inner.setdefault(part, {})
        inner[last] = name
        return json_format.ParseDict(fields, method.request(), ignore_unknown_fields=True)
    except (json_format.ParseError, ValueError, TypeError, AttributeError) as err:
        raise ApiError(Code.INVALID_ARGUMENT, f"Invalid JSON payload received. {err}") from err


def _nested(query: dict[str, str]) -> dict[str, Any]:
    """The query's fields; a truth value is told by a word there."""
    words: dict[str, Any] = {"true": True, "false": False}
    return {name: words.get(value, value) for name, value in query.items() if not name.startswith("$")}


def _error(error: ApiError) -> str:
    """The body of an error, as every Google API has it."""
    said = json_format.MessageToDict(status(error))
    return json.dumps(
        {"error": {**said, "code": int(HTTP[error.code]), "status": error.code.name, "message": error.message}}
    )
