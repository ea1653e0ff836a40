"""What happens to a running attempt from outside: it uses too much memory, its host is maintained, a fault hits it.

Memory is the sum of what the attempt's processes have resident, looked at from time to time, and by SIGKILL as on
Cloud Run; what is in files in memory counts there, while here each place is limited by itself.
"""

from __future__ import annotations

import signal
import time
from collections.abc import Sequence
from dataclasses import dataclass, field

from tools.emulator.attempts import Attempts, Handle, NotStarted
from tools.emulator.faults import Fault, Kind
from tools.emulator.quantities import MIB
from tools.emulator.records import Ending, Result


@dataclass(slots=True)
class Hazards:
    """Of one attempt; `limit` is the bytes that it may have."""

    faults: Sequence[Fault]
    limit: int
    _began: float = field(default_factory=time.monotonic)
    _used: int = 0
    _stopped: float | None = None
    _resumed: bool = False

    def forbid(self, image: str) -> None:
        """Raise NotStarted, if a fault keeps the attempt from starting."""
        for fault in self.faults:
            if fault.kind is Kind.IMAGE:
                raise NotStarted(Result(ending=Ending.IMAGE, detail=f"Image '{image}' not found."))
            if fault.kind is Kind.SECRET:
                detail = "Permission denied on secret: a fault on demand."
                raise NotStarted(Result(ending=Ending.SECRET, detail=detail))

    def look(self, attempts: Attempts, handle: Handle) -> None:
        """Do what is due."""
        for fault in self.faults:
            if fault.kind is Kind.MAINTENANCE:
                self._maintain(fault, attempts, handle)
        used = attempts.memory(handle)
        if used and self._is_too_much(used):
            self._used = max(used, self._used)
            attempts.signal(handle, signal.SIGKILL)

    def judge(self, result: Result) -> Result:
        """The end as the platform tells it: who was killed for memory did not just die."""
        if self._used and result.ending is Ending.SIGNAL:
            detail = (
                f"Memory limit of {self.limit // MIB} MiB exceeded with {self._used // MIB} MiB used. "
                "Consider increasing the memory limit."
            )
            return Result(ending=Ending.MEMORY, code=result.code, detail=detail)
        return result

    def _is_too_much(self, used: int) -> bool:
        due = time.monotonic() - self._began
        return used > self.limit or any(fault.kind is Kind.MEMORY and due >= fault.seconds for fault in self.faults)

    def _maintain(self, fault: Fault, attempts: Attempts, handle: Handle) -> None:
        if self._stopped is None:
            # Not before the program is there: who makes its container is no part of it.
            if attempts.signal(handle, signal.SIGTSTP):
                self._stopped = time.monotonic()
        elif not self._resumed and time.monotonic() - self._stopped >= fault.seconds:
            self._resumed = True
            attempts.signal(handle, signal.SIGCONT)
