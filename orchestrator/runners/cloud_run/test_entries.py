"""Lines from Cloud Logging, by a real server that gives pages."""

from __future__ import annotations

import contextlib
import json
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any, ClassVar, override

import pytest
import requests

from orchestrator.runners.cloud_run.entries import Entries, Said

BEGIN = datetime(2018, 2, 1, 5, tzinfo=UTC)


def entry(second: int, **payload: object) -> dict[str, Any]:
    """An entry of that second."""
    return {"insertId": f"id{second}", "timestamp": f"2018-02-01T05:00:{second:02}Z", "severity": "INFO", **payload}


class Log(BaseHTTPRequestHandler):
    """Answers with the pages in their order."""

    pages: ClassVar[list[dict[str, Any]]] = []
    asked: ClassVar[list[dict[str, Any]]] = []

    def do_POST(self) -> None:
        """The next page."""
        self.asked.append(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))
        page = self.pages.pop(0)
        content = json.dumps(page).encode()
        self.send_response(page.get("status", 200))
        self.send_header("Content-Length", str(len(content)))
        self.end_headers()
        self.wfile.write(content)

    @override
    def log_message(self, *_arguments: object) -> None:
        pass


@contextlib.contextmanager
def entries(*pages: dict[str, Any]) -> Iterator[Entries]:
    """The entries of an execution in a log that has these pages."""
    Log.pages[:], Log.asked[:] = pages, []
    server = ThreadingHTTPServer(("127.0.0.1", 0), Log)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    address = f"http://127.0.0.1:{server.server_port}"
    try:
        with requests.Session() as session:
            session.trust_env = False
            yield Entries(session, "p", "toy-orchestrator-abc", since=BEGIN, address=address)
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def test_lines_are_told_once_however_often_they_are_listed() -> None:
    """Pages are put together, and a question goes back a little for what comes late."""
    first, second, late = (
        entry(1, textPayload="one"),
        entry(50, jsonPayload={"message": "two"}),
        entry(40, textPayload="late"),
    )
    with entries({"entries": [first], "nextPageToken": "x"}, {"entries": [second]}, {"entries": [late, second]}) as log:
        assert log.new() == [Said(severity="INFO", text="one"), Said(severity="INFO", text="two")]
        assert log.new() == [Said(severity="INFO", text="late")]
    assert Log.asked[1]["pageToken"] == "x"
    assert 'labels."run.googleapis.com/execution_name"="toy-orchestrator-abc"' in Log.asked[0]["filter"]
    assert 'timestamp>="2018-02-01T05:00:20+00:00"' in Log.asked[2]["filter"]


def test_lines_without_words_are_left_out() -> None:
    """An entry about the platform's own doings has none."""
    with entries({"entries": [entry(1, protoPayload={})]}, {}) as log:
        assert log.new() == []
        assert log.new() == []


def test_a_log_that_cannot_be_asked_is_told() -> None:
    """As an error of the outside world."""
    with entries({"status": 503}) as log, pytest.raises(OSError, match="503"):
        log.new()
