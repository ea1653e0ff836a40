"""The exit codes of `nightjar`, in one place: `--help` prints them, platforms restart by them.

A non-zero code makes Cloud Run start the orchestrator again, as often as its `max_retries` says. After 75 that
continues the run; after 1 it says once more what failed, which is harmless; after the others a person has to act.
"""

from __future__ import annotations

import enum

from orchestrator.core.errors import ConfigurationError, NightjarError, Unavailable, UnknownName


class ExitCode(enum.IntEnum):
    """How a command ended."""

    DONE = 0
    FAILED = 1
    USAGE = 64
    BAD_INPUT = 65
    INTERNAL = 70
    AGAIN = 75
    CONFIGURATION = 78


MEANINGS = {
    ExitCode.DONE: "done; also when the day was done before, or when another orchestrator is seen driving it",
    ExitCode.FAILED: "a run ended and a step failed, or it was cancelled; `retry` does again what is not done",
    ExitCode.USAGE: "the command line is wrong, or what it names does not exist",
    ExitCode.BAD_INPUT: "pipeline.yaml or release.json has problems, all of them are told",
    ExitCode.INTERNAL: "a defect of nightjar, or a log that cannot be",
    ExitCode.AGAIN: "stopped, or the store could not be used: the same command continues the run",
    ExitCode.CONFIGURATION: "something has to be set or decided first: a secret, a program, a store; all is told",
}


def table() -> str:
    """The codes for `--help`."""
    return "exit codes:\n" + "".join(f"  {code.value:<3} {meaning}\n" for code, meaning in MEANINGS.items())


def of_error(err: NightjarError) -> ExitCode:
    """The exit code for an error."""
    from orchestrator.core.problems import InputError  # noqa: PLC0415  (an error is no hurry, a start is)

    match err:
        case InputError():
            return ExitCode.BAD_INPUT
        case UnknownName():
            return ExitCode.USAGE
        case ConfigurationError():
            return ExitCode.CONFIGURATION
        case Unavailable():
            return ExitCode.AGAIN
        case _:
            return ExitCode.INTERNAL
