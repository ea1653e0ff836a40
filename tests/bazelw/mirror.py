"""A mirror of packages on the loopback that notes what it is asked for, and can keep a caller waiting."""

from __future__ import annotations

import contextlib
import http.server
import threading
from collections.abc import Iterator, Mapping
from typing import override


class Mirror:
    """Serves files by path. `files` may be changed at any time; a path in `held` is answered once its event is set."""

    def __init__(self, files: Mapping[str, bytes], port: int) -> None:
        self.files = dict(files)
        self.held: dict[str, threading.Event] = {}
        self.requested: list[str] = []
        self.url = f"http://127.0.0.1:{port}"


@contextlib.contextmanager
def serve(files: Mapping[str, bytes]) -> Iterator[Mirror]:
    """A mirror that answers until the block ends."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            mirror.requested.append(self.path)
            if self.path in mirror.held:
                mirror.held[self.path].wait()
            content = mirror.files.get(self.path)
            self.send_response(404 if content is None else 200)
            self.send_header("Content-Length", str(len(content or b"")))
            self.end_headers()
            with contextlib.suppress(ConnectionError):  # The caller was killed meanwhile.
                self.wfile.write(content or b"")

        @override
        def log_message(self, *_arguments: object) -> None:
            pass

    server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    mirror = Mirror(files, server.server_port)
    thread = threading.Thread(target=server.serve_forever, daemon=True)
    thread.start()
    try:
        yield mirror
    finally:
        for event in mirror.held.values():
            event.set()
        server.shutdown()
        thread.join()
        server.server_close()
