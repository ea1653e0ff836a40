"""What every proof asks of its command line: numbers within limits, all that is wrong told at once, and then 64."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from typing import Final, NoReturn

WRONG: Final = 1
"""The exit code of a proof that found what must not be."""
USAGE: Final = 64
STOPPED: Final = 75
CONFIGURATION: Final = 78

type Limits = Mapping[str, tuple[float, float]]
"""The least and the most of an option, by its name without dashes."""


class NotBegun(Exception):  # noqa: N818  (it is no error of the proof)
    """The proof cannot say anything, because what it needs does not run; the message says why."""


class Parser(argparse.ArgumentParser):
    """Ends with 64 where the usage is wrong, as every program here."""

    def error(self, message: str) -> NoReturn:
        """See `argparse`."""
        self.print_usage(sys.stderr)
        self.exit(USAGE, f"{self.prog}: {message}\n")

    def read(self, arguments: Sequence[str], limits: Limits) -> argparse.Namespace:
        """The options; ends the program with everything that is beyond its limits."""
        options = self.parse_args(arguments)
        given = {name: vars(options)[name.replace("-", "_")] for name in limits}
        wrong = [
            f"--{name} {value}: write a number from {least:g} to {most:g}"
            for name, value in given.items()
            for least, most in (limits[name],)
            if not least <= value <= most
        ]
        if wrong:
            self.error("\n".join(wrong))
        return options
