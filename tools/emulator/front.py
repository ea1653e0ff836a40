"""One port for gRPC and REST: looks at how a connection begins and passes its bytes on to the one or the other.

It is also the one place that can reset a client's connection, which no server library lets its handlers do. It never
looks at what comes after the first bytes.
"""

from __future__ import annotations

import asyncio
import socket
import struct
import threading

_HTTP2 = b"PRI"
"""How every HTTP/2 connection begins, and no request of HTTP/1."""
_BLOCK = 1 << 16
_NOW = struct.pack("ii", 1, 0)


class Front:
    """Listens on a port, 0 for a free one, and passes on to two ports of loopback. Raises OSError."""

    def __init__(self, host: str, port: int) -> None:
        self._socket = socket.create_server((host, port))
        self.port = int(self._socket.getsockname()[1])
        self._loop = asyncio.new_event_loop()
        self._clients: dict[int, asyncio.StreamWriter] = {}
        self._connections: set[asyncio.Task[None]] = set()
        self._thread = threading.Thread(target=self._loop.run_forever, name="front")

    def start(self, *, grpc: int, rest: int) -> None:
        """Accept from now on."""

        async def accept(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
            await self._pass_on(reader, writer, grpc=grpc, rest=rest)

        async def serve() -> asyncio.Server:
            return await asyncio.start_server(accept, sock=self._socket)

        self._thread.start()
        self._server = asyncio.run_coroutine_threadsafe(serve(), self._loop).result()

    def cut(self, port: int) -> None:
        """Reset the connection that goes on from this local port, and return when it is."""
        asyncio.run_coroutine_threadsafe(self._reset(port), self._loop).result()

    def stop(self) -> None:
        """Accept nothing more and end every connection."""
        asyncio.run_coroutine_threadsafe(self._end(), self._loop).result()
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def close(self) -> None:
        """Let go of the port, where nothing was ever accepted."""
        self._socket.close()
        self._loop.close()

    async def _pass_on(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, *, grpc: int, rest: int
    ) -> None:
        own = asyncio.current_task()
        assert own is not None  # noqa: S101 - a callback of start_server is a task.
        self._connections.add(own)
        try:
            first = await reader.readexactly(len(_HTTP2))
            port = grpc if first == _HTTP2 else rest
            behind_reader, behind = await asyncio.open_connection("127.0.0.1", port)
            local = int(behind.get_extra_info("sockname")[1])
            self._clients[local] = writer
            try:
                behind.write(first)
                await asyncio.gather(_copy(reader, behind), _copy(behind_reader, writer))
            finally:
                del self._clients[local]
                behind.close()
        except (OSError, asyncio.IncompleteReadError):
            return  # One of the two has gone; the other learns it by the closing.
        finally:
            self._connections.discard(own)
            writer.close()

    async def _reset(self, port: int) -> None:
        if (writer := self._clients.get(port)) is not None:
            # Lingering for no time makes the kernel send RST instead of FIN.
            writer.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _NOW)
            writer.transport.abort()

    async def _end(self) -> None:
        self._server.close()
        for connection in self._connections:
            connection.cancel()
        await asyncio.gather(*self._connections, return_exceptions=True)


async def _copy(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy until one side ends; its end is passed on."""
    while block := await reader.read(_BLOCK):
        writer.write(block)
        await writer.drain()
    if writer.can_write_eof():
        writer.write_eof()
