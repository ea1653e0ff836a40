"""A bucket behind a small HTTP server that speaks what obstore asks of Google Cloud Storage, and fails on demand.

It is a real server on loopback, so that the client, its retries and what it makes of errors are the real ones. Lists
come in pages of a few entries.
"""

from __future__ import annotations

import contextlib
import enum
import json
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from email.utils import format_datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from urllib.parse import parse_qs, unquote, urlsplit
from xml.sax.saxutils import escape

from orchestrator.clock import SystemClock

BUCKET = "bucket"
_PAGE = 5


class Fault(enum.Enum):
    """How a request goes wrong."""

    REFUSED = enum.auto()
    """It is answered by 503 and not done."""
    CUT = enum.auto()
    """The connection is cut before it is done."""
    LOST = enum.auto()
    """It is done, and the connection is cut before the answer."""
    FORBIDDEN = enum.auto()
    """It is answered by 403."""


@dataclass(frozen=True, slots=True)
class _Stored:
    body: bytes
    modified: datetime


class GcsServer(ThreadingHTTPServer):
    """The bucket and its clock. `faults` are taken by the next requests with that method, one each; None is well."""

    daemon_threads = True
    request_queue_size = 128

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.lock = threading.Lock()
        self.objects: dict[str, _Stored] = {}
        self.faults: list[tuple[str, Fault | None]] = []
        self.requests: list[str] = []
        """Method and path of each, in order."""
        self._ahead = timedelta()

    def now(self) -> datetime:
        """The server's time."""
        return SystemClock().now() + self._ahead

    def later(self, time: timedelta) -> None:
        """Let its clock go on."""
        self._ahead += time

    def account(self, folder: Path) -> Mapping[str, str]:
        """The environment by which the client comes here, without asking for a token."""
        path = folder / "account.json"
        base = f"http://127.0.0.1:{self.server_port}"
        account = {"gcs_base_url": base, "disable_oauth": True, "client_email": "", "private_key": ""}
        path.write_text(json.dumps({**account, "private_key_id": ""}), encoding="utf-8")
        return {"GOOGLE_SERVICE_ACCOUNT": str(path)}

    def fault(self, method: str) -> Fault | None:
        """What shall go wrong with this request."""
        with self.lock:
            found = next((each for each in self.faults if each[0] == method), None)
            if found is not None:
                self.faults.remove(found)
            return found[1] if found else None


@contextlib.contextmanager
def server() -> Iterator[GcsServer]:
    """A server with an empty bucket."""
    with GcsServer() as running:
        thread = threading.Thread(target=running.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield running
        finally:
            running.shutdown()
            thread.join()


class _Handler(BaseHTTPRequestHandler):
    server: GcsServer
    protocol_version = "HTTP/1.1"
    wbufsize = -1
    disable_nagle_algorithm = True

    def do_GET(self) -> None:
        self._serve()

    do_HEAD = do_PUT = do_DELETE = do_GET  # noqa: N815  (the names that http.server looks for)

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002
        """Say nothing."""

    def _serve(self) -> None:
        body = self.rfile.read(int(self.headers.get("Content-Length") or 0))
        url = urlsplit(self.path)
        _, bucket, *rest = url.path.split("/", 2)
        key = unquote(rest[0]) if rest else ""
        fault = self.server.fault(self.command)
        self.server.requests.append(f"{self.command} {key or url.query}")
        if fault is Fault.CUT:
            self.close_connection = True
        elif fault in {Fault.REFUSED, Fault.FORBIDDEN}:
            self._answer(503 if fault is Fault.REFUSED else 403)
        elif bucket != BUCKET:
            self._answer(404)
        else:
            with self.server.lock:
                code, answer, headers = self._listed(parse_qs(url.query)) if not key else self._object(key, body)
            if fault is Fault.LOST:
                self.close_connection = True
            else:
                self._answer(code, answer, headers)

    def _object(self, key: str, body: bytes) -> tuple[int, bytes, Mapping[str, str]]:
        there = self.server.objects.get(key)
        if self.command == "PUT":
            if there is not None and self.headers.get("x-goog-if-generation-match") == "0":
                return 412, b"", {}
            self.server.objects[key] = _Stored(body, self.server.now())
            return 200, b"", {"ETag": '"1"', "x-goog-generation": "1"}
        if there is None:
            return 404, b"", {}
        if self.command == "DELETE":
            del self.server.objects[key]
            return 204, b"", {}
        modified = format_datetime(there.modified, usegmt=True)
        return 200, there.body, {"ETag": '"1"', "x-goog-generation": "1", "Last-Modified": modified}

    def _listed(self, query: Mapping[str, list[str]]) -> tuple[int, bytes, Mapping[str, str]]:
        prefix, delimiter, after = (query.get(name, [""])[0] for name in ("prefix", "delimiter", "continuation-token"))
        entries: dict[str, str] = {}
        for key, stored in sorted(self.server.objects.items()):
            inner = key.removeprefix(prefix)
            if not key.startswith(prefix):
                continue
            if delimiter and delimiter in inner:
                folder = prefix + inner.partition(delimiter)[0] + delimiter
                entries[folder] = f"<CommonPrefixes><Prefix>{escape(folder)}</Prefix></CommonPrefixes>"
            else:
                modified = stored.modified.isoformat().replace("+00:00", "Z")
                entries[key] = (
                    f"<Contents><Key>{escape(key)}</Key><LastModified>{modified}</LastModified>"
                    f"<ETag>1</ETag><Size>{len(stored.body)}</Size></Contents>"
                )
        names = [name for name in entries if name > after]
        page = names[:_PAGE]
        more = f"<NextContinuationToken>{escape(page[-1])}</NextContinuationToken>" if names[_PAGE:] else ""
        content = "".join(entries[name] for name in page)
        return 200, f"<ListBucketResult>{content}{more}</ListBucketResult>".encode(), {}

    def _answer(self, code: int, body: bytes = b"", headers: Mapping[str, str] | None = None) -> None:
        self.send_response(code)
        for name, value in (headers or {}).items():
            self.send_header(name, value)
        if code != 204:  # noqa: PLR2004  (no content)
            self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        if self.command != "HEAD":
            self.wfile.write(body)
