"""One execution of a job with a person's own arguments, followed to its end: `nightjar --env` is made of this.

Running a job is not idempotent. A call that failed without saying whether it did something is not made again; the
person is told, and looks.
"""

from __future__ import annotations

import contextlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from orchestrator.core.errors import ConfigurationError, Unavailable
from orchestrator.ports import Clock, Interrupt
from orchestrator.runners.cloud_run.calls import CallFailed, Kind, persist
from orchestrator.runners.cloud_run.client import Client
from orchestrator.runners.cloud_run.entries import Entries, Said
from orchestrator.runners.cloud_run.states import Phase, Seen

_LATE_LOOKS: Final = 3
"""How often entries are asked for after the end: they come late."""
_AGAIN: Final = 75
_BY: Final = "NIGHTJAR_BY"


@dataclass(frozen=True, slots=True, kw_only=True)
class Remote:
    """A job, and how its executions' words are had: None where nobody keeps them."""

    client: Client
    job: str
    entries: Callable[[Seen], Entries | None]
    clock: Clock
    interrupt: Interrupt
    glance: timedelta = timedelta(seconds=3)
    """How long nobody looks; Cloud Logging answers sixty questions a minute."""

    def start(self, words: Sequence[str], *, by: str) -> Seen:
        """Run the job with these arguments. Raises ConfigurationError or Unavailable."""
        try:
            seen = self.client.command(self.job, words, environment={_BY: by})
        except CallFailed as err:
            if err.kind in {Kind.REFUSED, Kind.ABSENT}:
                raise ConfigurationError([f"the job {self.job} cannot be run: {err}"]) from err
            may = "" if err.kind is Kind.BUSY else " It may run nevertheless: look before you repeat this"
            raise Unavailable(f"the job {self.job} cannot be run now: {err}.{may}") from err
        if seen is None:
            raise Unavailable(f"the job {self.job} was run, but which execution that is was not told: look for it")
        return seen

    def follow(self, seen: Seen, say: Callable[[Said], None]) -> int | None:
        """See an execution to its end, saying what it says; its exit code, None if somebody stops looking."""
        entries = self.entries(seen)
        while seen.phase is Phase.RUNNING:
            if self.interrupt.reason:
                return None
            _tell(entries, say)
            self.clock.sleep(self.glance)
            seen = self._look(seen.name)
        for _ in range(_LATE_LOOKS if entries is not None else 0):
            self.clock.sleep(self.glance)
            _tell(entries, say)
        return self._code(seen)

    def _look(self, execution: str) -> Seen:
        try:
            return persist(lambda: self.client.get(self.job, execution))
        except CallFailed as err:
            raise Unavailable(f"{execution} goes on, but cannot be looked at now: {err}") from err

    def _code(self, seen: Seen) -> int:
        """The exit code of the last attempt; 75 where it left none."""
        if seen.phase is Phase.SUCCEEDED:
            return 0
        try:
            tasks = persist(lambda: self.client.tasks(self.job, seen.name))
        except CallFailed as err:
            raise Unavailable(f"{seen.name} failed, and Cloud Run does not say how: {err}") from err
        codes = [task.exit.exit for task in tasks]
        return next((code for code in codes if code is not None and code > 0), _AGAIN)


def _tell(entries: Entries | None, say: Callable[[Said], None]) -> None:
    if entries is None:
        return
    with contextlib.suppress(OSError):  # They are asked for again; the execution is what matters.
        for said in entries.new():
            say(said)
