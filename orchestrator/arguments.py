"""What is written on the command line, as values; what cannot be one is told with its remedy.

Nothing is imported before it is needed, so that `--help` is there at once.
"""

from __future__ import annotations

import argparse
import os
import shlex
import sys
from typing import TYPE_CHECKING, NoReturn

from orchestrator import exits
from orchestrator.exits import ExitCode

if TYPE_CHECKING:
    from datetime import date

    from orchestrator.config import Config
    from steps.kit.contract import RunId


class Parser(argparse.ArgumentParser):
    """Ends with the exit code for usage errors that the others in this family of programs use."""

    def error(self, message: str) -> NoReturn:
        """See argparse."""
        self.print_usage(sys.stderr)
        self.exit(ExitCode.USAGE, f"{self.prog}: {message}\n")


type Commands = argparse._SubParsersAction[Parser]  # noqa: SLF001  (it has no public name)


def command(commands: Commands, name: str, call: object, text: str) -> argparse.ArgumentParser:
    """Add a command that calls a function with what was parsed."""
    parser = commands.add_parser(
        name,
        help=text,
        description=text[0].upper() + text[1:] + ".",
        epilog=exits.table(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.set_defaults(command=call)
    return parser


def configuration(options: argparse.Namespace) -> Config:
    """The flags and the environment."""
    import dataclasses  # noqa: PLC0415

    from orchestrator import config  # noqa: PLC0415

    flags = {name: value for name, value in vars(options).items() if value is None or isinstance(value, str)}
    return dataclasses.replace(config.read(flags, os.environ), as_json=vars(options).get("json", False))


def place(options: argparse.Namespace) -> str:
    """The flags that say where to look, to be repeated in commands that are shown; none that may hold a password."""
    flags = {"--state": options.state, "--store": options.store if "@" not in (options.store or "") else None}
    return shlex.join(word for flag, value in flags.items() if value for word in (flag, value))


def count(text: str) -> int:
    """A whole number, for argparse."""
    if not text.isdecimal() or not text.isascii():
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number")
    return int(text)


def positive(text: str) -> int:
    """A whole number from 1 on, for argparse."""
    if (number := count(text)) == 0:
        raise argparse.ArgumentTypeError("0 is too few: write 1 or more")
    return number


def target(text: str) -> RunId | date:
    """A run or a date."""
    return day(text) if text[:1].isdigit() else run_id(text)


def run_id(text: str) -> RunId:
    """A run."""
    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415
    from steps.kit.contract import RunId  # noqa: PLC0415

    try:
        return RunId.parse(text)
    except ValueError as err:
        raise ConfigurationError([f"{err}; `nightjar status` lists the runs"]) from err


def day(text: str) -> date:
    """A day of the calendar."""
    import datetime as dt  # noqa: PLC0415

    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415

    try:
        return dt.date.fromisoformat(text)
    except ValueError as err:
        raise ConfigurationError([f"{text!r} is no day of the calendar: write YYYY-MM-DD"]) from err


def days(first: str, last: str) -> tuple[date, ...]:
    """Every day of a range."""
    from orchestrator.core import dates  # noqa: PLC0415
    from orchestrator.core.errors import ConfigurationError  # noqa: PLC0415

    if found := dates.span(day(first), day(last)):
        return found
    raise ConfigurationError([f"{last} comes before {first}: name the earlier day first"])
