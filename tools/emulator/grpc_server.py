"""The API on gRPC: generic handlers by the names of the methods, errors as google.rpc.Status in the trailers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from itertools import groupby
from typing import Any

import grpc
from google.protobuf import any_pb2
from google.rpc import status_pb2
from grpc_status import rpc_status

from tools.emulator import wire
from tools.emulator.calls import Calls
from tools.emulator.errors import ApiError, ConnectionCut
from tools.emulator.methods import Method
from tools.emulator.wire import Message

_WORKERS = 32
_GRACE = 1.0


class GrpcServer:
    """Listens on a loopback port of its own. `cut` resets the connection of a peer."""

    def __init__(self, methods: Sequence[Method], calls: Calls, *, cut: Callable[[int], None]) -> None:
        self._calls = calls
        self._cut = cut
        self._server = grpc.server(ThreadPoolExecutor(_WORKERS, thread_name_prefix="grpc"))
        ordered = sorted(methods, key=_service)
        for service, each in groupby(ordered, key=_service):
            handlers = {method.name.partition(".")[2]: self._handler(method) for method in each}
            self._server.add_generic_rpc_handlers([grpc.method_handlers_generic_handler(service, handlers)])
        self.port = int(self._server.add_insecure_port("127.0.0.1:0"))

    def start(self) -> None:
        """Answer from now on."""
        self._server.start()

    def stop(self) -> None:
        """Take no more calls, and end those that last."""
        self._server.stop(_GRACE).wait()

    def _handler(self, method: Method) -> Any:
        def answer(request: Message, context: Any) -> Message:
            try:
                return self._calls.call(method, request)
            except ApiError as err:
                context.abort_with_status(rpc_status.to_status(status(err)))
            except ConnectionCut:
                self._cut(int(context.peer().rpartition(":")[2]))
                context.abort(grpc.StatusCode.UNAVAILABLE, "The connection was cut.")

        return grpc.unary_unary_rpc_method_handler(
            answer,
            request_deserializer=method.request.FromString,
            response_serializer=method.response.SerializeToString,
        )


def status(error: ApiError) -> Message:
    """An error as google.rpc.Status; violations of fields are a detail of it."""
    message = status_pb2.Status(code=int(error.code), message=error.message)
    if error.violations:
        detail = wire.BadRequest()
        for violation in error.violations:
            detail.field_violations.add(field=violation.field, description=violation.description)
        box = any_pb2.Any()
        box.Pack(detail)
        message.details.append(box)
    return message


def _service(method: Method) -> str:
    return f"{method.package}.{method.name.partition('.')[0]}"
