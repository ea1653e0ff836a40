"""The errors of the orchestrator: one class for each thing that a caller can do about it.

    NightjarError
    ├── ConfigurationError   a person has to change something first; holds every problem found
    │   └── UnknownName      what the command line names does not exist
    ├── Conflict             another writer was quicker: read the log again, never write on
    ├── Unavailable          a store or a platform cannot be used now: stop so that the run can be resumed
    ├── NotStarted           an attempt could not be started: it counts as a failed attempt
    ├── Redeployed           what is deployed for a step is not what its run began with: do not start it
    └── BrokenLog            the log says what cannot be: stop, a person has to look

Messages name the value and the remedy, because they are printed as they are.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Self


class NightjarError(Exception):
    """Root of what the orchestrator raises on purpose."""


class ConfigurationError(NightjarError):
    """What a person set cannot be used. `problems` has one value for each; its text is a sentence."""

    def __init__(self, problems: Iterable[object]) -> None:
        self.problems: tuple[object, ...] = tuple(problems)
        super().__init__("\n".join(map(str, self.problems)))


class UnknownName(ConfigurationError):  # noqa: N818
    """A run, a step or an attempt that the command line names does not exist."""


class Conflict(NightjarError):  # noqa: N818  (the names say what happened, as events do)
    """Somebody else writes to the run."""

    @classmethod
    def at(cls, run: object, *, expected: int, actual: int) -> Self:
        """The log does not end where the writer thought."""
        return cls(f"{run}: the log stands at {actual}, not at {expected}: another orchestrator writes to it")


class Unavailable(NightjarError):  # noqa: N818
    """A store or a platform cannot be used now; nothing is lost and a later call can go on."""


class NotStarted(NightjarError):  # noqa: N818
    """An attempt could not be started and does not run."""


class Redeployed(NightjarError):  # noqa: N818
    """Something else than the image of the run's release is deployed for a step; the attempt does not run."""


class BrokenLog(NightjarError):  # noqa: N818
    """An event that the state before it does not allow, or that this version cannot read."""
