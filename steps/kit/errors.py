"""What can end a step early, one class for each reaction of the orchestrator.

    StepError
    ├── BadData         65  the data is wrong: another attempt reads the same data, so a person must look
    ├── Unavailable     75  a service, store or database did not answer: another attempt may well work
    └── Misconfigured   78  a person must change a setting, a right or an address first

Adapters translate at the edge (`raise Unavailable(...) from error`); `entry` turns the class into the exit code.
An exception that is none of these is a defect of the step: it ends with a traceback in the log and exit code 1.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import ClassVar

from steps.kit.contract import Exit


class StepError(Exception):
    """The root: a sentence for a person, which names the value that was wrong and the remedy."""

    exit: ClassVar[Exit]


class BadData(StepError):  # noqa: N818 - the name is the reaction that it asks for.
    """The data that the step read is wrong."""

    exit = Exit.BAD_DATA


class Unavailable(StepError):  # noqa: N818 - the name is the reaction that it asks for.
    """Something that the step needs did not answer."""

    exit = Exit.AGAIN


class Misconfigured(StepError):  # noqa: N818 - the name is the reaction that it asks for.
    """The step cannot work with what it was given."""

    exit = Exit.CONFIGURATION

    @classmethod
    def listing(cls, problems: Sequence[str]) -> Misconfigured:
        """All problems in one error, one a line."""
        return cls("\n".join(problems))
