"""The one way of a call: what shall go wrong before it, the call, what shall go wrong after it.

gRPC and REST both come through here, so a fault hits a client the same by either.
"""

from __future__ import annotations

import threading
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from tools.emulator.errors import ApiError, Code, ConnectionCut
from tools.emulator.faults import Fault, Kind, When
from tools.emulator.methods import Method
from tools.emulator.script import Script
from tools.emulator.wire import Message


@dataclass(frozen=True, slots=True)
class Calls:
    """See the module. `stopping` ends every delay."""

    script: Script
    stopping: threading.Event = field(default_factory=threading.Event)

    def call(self, method: Method, request: Message) -> Message:
        """Answer a request. Raises ApiError or ConnectionCut."""
        faults = self.script.call(method.name, _job(method, request))
        self._hit([fault for fault in faults if fault.when is When.BEFORE])
        answer = method.perform(request, **_effects(method, faults))
        self._hit([fault for fault in faults if fault.when is When.AFTER])
        return answer

    def _hit(self, faults: list[Fault]) -> None:
        for fault in faults:
            match fault.kind:
                case Kind.LATENCY:
                    self.stopping.wait(fault.seconds)
                case Kind.ERROR:
                    raise ApiError(fault.code, fault.message)
                case Kind.QUOTA:
                    said = f"Quota exceeded: {fault.per_minute} calls a minute are possible. {fault.message}"
                    raise ApiError(Code.RESOURCE_EXHAUSTED, said)
                case Kind.CUT:
                    raise ConnectionCut
                case _:
                    continue  # It is about what the call does, see `_effects`.


def _effects(method: Method, faults: tuple[Fault, ...]) -> Mapping[str, Any]:
    """What faults change in a call's effect; only starting an execution has one that can be changed."""
    if method.name != "Jobs.RunJob":
        return {}
    hidden = [fault.seconds for fault in faults if fault.kind is Kind.LATE]
    doubled = any(fault.kind is Kind.DUPLICATE for fault in faults)
    return {"copies": 2 if doubled else 1, "hidden": max(hidden, default=0.0)}


def _job(method: Method, request: Message) -> str:
    """The job that a request is about, for faults of one job; empty if it is about none."""
    name: Any = request
    for part in method.names.split("."):
        name = getattr(name, part)
    _, found, rest = str(name).partition("/jobs/")
    if found:
        return rest.partition("/")[0]
    return "" if "/" in str(name) else str(name)
