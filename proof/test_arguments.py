from __future__ import annotations

import pytest

from proof.arguments import USAGE, Limits, Parser

LIMITS: Limits = {"times": (1, 1000), "at-once": (1, 8)}


def parser() -> Parser:
    made = Parser(prog="toy")
    made.add_argument("--times", type=int, default=20)
    made.add_argument("--at-once", type=int, default=4)
    return made


def test_numbers_within_their_limits_are_taken() -> None:
    """Both ends are."""
    options = parser().read(["--times", "1000"], LIMITS)
    assert (options.times, options.at_once) == (1000, 4)


def test_everything_wrong_is_told_at_once(capsys: pytest.CaptureFixture[str]) -> None:
    """With the values and what to write, and the code of wrong usage."""
    with pytest.raises(SystemExit) as left:
        parser().read(["--times", "0", "--at-once", "9"], LIMITS)
    told = capsys.readouterr().err
    assert left.value.code == USAGE
    assert "--times 0: write a number from 1 to 1000\n--at-once 9: write a number from 1 to 8\n" in told


def test_no_number_is_wrong_usage() -> None:
    """As any other mistake of the command line."""
    with pytest.raises(SystemExit) as left:
        parser().read(["--times", "many"], LIMITS)
    assert left.value.code == USAGE
