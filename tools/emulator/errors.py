"""How a call is refused: a code of google.rpc, a message, and, for bad arguments, each violation with its field. Pure.

`grpc_server` and `rest_server` write it as their clients expect; nothing else may end a call.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass
from http import HTTPStatus


class Code(enum.IntEnum):
    """The codes of google.rpc.Code, by their numbers on the wire."""

    OK = 0
    CANCELLED = 1
    UNKNOWN = 2
    INVALID_ARGUMENT = 3
    DEADLINE_EXCEEDED = 4
    NOT_FOUND = 5
    ALREADY_EXISTS = 6
    PERMISSION_DENIED = 7
    RESOURCE_EXHAUSTED = 8
    FAILED_PRECONDITION = 9
    ABORTED = 10
    OUT_OF_RANGE = 11
    UNIMPLEMENTED = 12
    INTERNAL = 13
    UNAVAILABLE = 14
    DATA_LOSS = 15
    UNAUTHENTICATED = 16


HTTP = {
    Code.OK: HTTPStatus.OK,
    Code.CANCELLED: 499,
    Code.UNKNOWN: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.INVALID_ARGUMENT: HTTPStatus.BAD_REQUEST,
    Code.DEADLINE_EXCEEDED: HTTPStatus.GATEWAY_TIMEOUT,
    Code.NOT_FOUND: HTTPStatus.NOT_FOUND,
    Code.ALREADY_EXISTS: HTTPStatus.CONFLICT,
    Code.PERMISSION_DENIED: HTTPStatus.FORBIDDEN,
    Code.RESOURCE_EXHAUSTED: HTTPStatus.TOO_MANY_REQUESTS,
    Code.FAILED_PRECONDITION: HTTPStatus.BAD_REQUEST,
    Code.ABORTED: HTTPStatus.CONFLICT,
    Code.OUT_OF_RANGE: HTTPStatus.BAD_REQUEST,
    Code.UNIMPLEMENTED: HTTPStatus.NOT_IMPLEMENTED,
    Code.INTERNAL: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.UNAVAILABLE: HTTPStatus.SERVICE_UNAVAILABLE,
    Code.DATA_LOSS: HTTPStatus.INTERNAL_SERVER_ERROR,
    Code.UNAUTHENTICATED: HTTPStatus.UNAUTHORIZED,
}
"""What a code is on HTTP, as google/rpc/code.proto says."""


@dataclass(frozen=True, slots=True)
class Violation:
    """One field that cannot be so, and why."""

    field: str
    description: str

    def __str__(self) -> str:
        return f"{self.field}: {self.description}"


class ApiError(Exception):
    """The answer to a call that is refused."""

    def __init__(self, code: Code, message: str, violations: Iterable[Violation] = ()) -> None:
        super().__init__(message)
        self.code = code
        self.message = message
        self.violations = tuple(violations)


class ConnectionCut(Exception):  # noqa: N818 - a fault on demand, not an error of ours.
    """The call ends without any answer: its connection is to be reset."""


def not_found(what: str, name: str) -> ApiError:
    """Nobody knows a resource of this name."""
    return ApiError(Code.NOT_FOUND, f"{what} '{name}' was not found.")


def invalid(request: str, violations: Iterable[Violation]) -> ApiError:
    """A request whose fields cannot be so; all of them are told."""
    found = tuple(violations)
    return ApiError(
        Code.INVALID_ARGUMENT, "\n".join(f"Violation in {request}.{violation}" for violation in found), found
    )
