"""A way to a server that can be cut: TCP on loopback at a port that stays, whatever becomes of the server behind it."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator


class Proxy:
    """Forwards each connection to `target`, a port of this machine, as long as there is one."""

    def __init__(self, target: int) -> None:
        self.target = target
        self.connections = 0
        """How many came."""
        self._lose = threading.Event()
        self._pairs: list[tuple[socket.socket, socket.socket]] = []
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]

    def cut(self) -> None:
        """Cut every connection."""
        for pair in self._pairs:
            for each in pair:
                _end(each)
        self._pairs.clear()

    def lose_next_answer(self) -> None:
        """Let the next answer of the server, to whatever it is asked next, be the end of its connection instead."""
        self._lose.set()

    def serve(self) -> None:
        """Accept until `close`."""
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            try:
                server = socket.create_connection(("127.0.0.1", self.target))
            except OSError:
                client.close()
                continue
            self._pairs.append((client, server))
            self._copy(client, server, lambda: True)
            self._copy(server, client, self._passes)

    def close(self) -> None:
        """Cut everything and accept nothing more."""
        _end(self._listener)
        self.cut()

    def _passes(self) -> bool:
        """Whether an answer may pass."""
        if not self._lose.is_set():
            return True
        self._lose.clear()
        return False

    def _copy(self, source: socket.socket, sink: socket.socket, passes: Callable[[], bool]) -> None:
        def copy() -> None:
            with contextlib.suppress(OSError):
                while (data := source.recv(65536)) and passes():
                    sink.sendall(data)
            _end(source)
            _end(sink)

        threading.Thread(target=copy, daemon=True).start()


@contextlib.contextmanager
def proxy(target: int) -> Iterator[Proxy]:
    """A proxy that accepts."""
    made = Proxy(target)
    thread = threading.Thread(target=made.serve)
    thread.start()
    try:
        yield made
    finally:
        made.close()
        thread.join()


def _end(one: socket.socket) -> None:
    """End a connection in both directions, which wakes whoever waits for it."""
    with contextlib.suppress(OSError):
        one.shutdown(socket.SHUT_RDWR)
    one.close()
