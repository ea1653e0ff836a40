"""Ends the attempts that a killed local run leaves running, which on this machine would outlive their database."""

from __future__ import annotations

import os
import pathlib
import signal
import time

from orchestrator.runners import traces

_PATIENCE = 5.0


def abandon(state: pathlib.Path) -> None:
    """Kill the supervisors that live in a state folder; their tasks die with them.

    They leave no status, so the next orchestrator finds the attempts lost, which they are, and tries them again.
    """
    ways = ("processes/*/*/*", "cloud-run/*/attempts/*/*/*")
    for directory in (found for way in ways for found in state.glob(way)):
        if not traces.locked(directory):
            continue
        identity = traces.identity(directory)
        if identity is not None:
            os.kill(identity.pid, signal.SIGKILL)
            _wait_for_its_end(directory)


def _wait_for_its_end(directory: pathlib.Path) -> None:
    give_up = time.monotonic() + _PATIENCE
    while traces.locked(directory) and time.monotonic() < give_up:
        time.sleep(0.01)
