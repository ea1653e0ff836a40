"""A runner that runs nothing: it is there to measure the engine alone; no figure of its is one of real steps.

It must never be used for anything but measuring. Real processes are measured in `bench/processes.py`.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from orchestrator.core.launch import Launch
from orchestrator.core.model import Release
from orchestrator.ports import Clock, Ended, Execution, Interrupt, Observation
from steps.kit.contract import AttemptId


@dataclass(slots=True)
class Never:
    """See `ports.Interrupt`. Nobody asks for a stop, until a measurement does."""

    reason: str = ""

    def fileno(self) -> int:
        """There is nothing to wait upon."""
        return -1


@dataclass(slots=True)
class Instrument:
    """See `ports.Runner`. Executions that end when they are looked at, or, if `endless`, never."""

    clock: Clock
    interrupt: Interrupt
    endless: bool = False
    _begun: dict[AttemptId, datetime] = field(default_factory=dict)

    def check(self, release: Release) -> tuple[str, ...]:  # noqa: ARG002
        """See `ports.Runner`."""
        return ()

    def start(self, launch: Launch) -> Execution:
        """See `ports.Runner`."""
        self._begun[launch.attempt] = self.clock.now()
        return Execution(attempt=launch.attempt, name=f"nothing {len(self._begun)}", log="nowhere")

    def find(self, attempt: AttemptId) -> Execution | None:
        """See `ports.Runner`."""
        found = Execution(attempt=attempt, name="nothing", log="nowhere")
        return found if attempt in self._begun else None

    def observe(self, executions: Sequence[Execution], *, patience: timedelta) -> tuple[Observation, ...]:
        """See `ports.Runner`."""
        if self.endless or not executions:
            time.sleep(patience.total_seconds())
        return tuple(self._look(each.attempt) for each in executions)

    def cancel(self, execution: Execution) -> None:
        """See `ports.Runner`."""

    def close(self) -> None:
        """See `ports.Runner`."""

    def _look(self, attempt: AttemptId) -> Observation:
        outcome = None if self.endless else Ended(at=self._begun[attempt], failure=None)
        return Observation(attempt=attempt, tasks_done=int(not self.endless), outcome=outcome)
