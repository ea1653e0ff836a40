"""Stands in for Bazel in the tests' small root: notes how it was called, then does what the variable STAND_IN says.

It runs inside the root, on the root's interpreter, and must import little: the root holds little.
"""

from __future__ import annotations

import json
import os
import signal
import sys
import types

WANTED = json.loads(os.environ.get("STAND_IN", "{}"))


def note(**facts: object) -> None:
    """Add a line to the notes, which lie in the workspace."""
    with open(os.environ["NOTES"], "a", encoding="utf-8") as notes:  # noqa: PTH123 - pathlib is not in the root.
        notes.write(json.dumps(facts) + "\n")


def on_signal(number: int, _frame: types.FrameType | None) -> None:
    """Note the signal; end as Bazel does when it is interrupted, unless told to stay."""
    note(signal=signal.Signals(number).name)
    if WANTED["wait"] == "signal":
        sys.exit(8)


def main(arguments: list[str]) -> int:
    """Do what is wanted: an exit code, reading, waiting, or writing the script that `run` asks for."""
    if "wait" in WANTED:
        for number in (signal.SIGINT, signal.SIGTERM):
            signal.signal(number, on_signal)
    note(arguments=arguments, folder=os.getcwd(), root=sorted(os.listdir("/usr/bin")))  # noqa: PTH109, PTH208
    if "read" in WANTED or "wait" in WANTED:
        note(read=sys.stdin.readline())
    paths = [argument.partition("=")[2] for argument in arguments if argument.startswith("--script_path=")]
    if paths and "script" in WANTED:
        with open(paths[-1], "w", encoding="utf-8") as script:  # noqa: PTH123
            script.write(WANTED["script"])
    return int(WANTED.get("exit", 0))


sys.exit(main(sys.argv[1:]))
