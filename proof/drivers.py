"""Starts a program of the orchestrator as a process of its own, on the modules that this one has."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Sequence

from tests.crash.crash_site import Driver

# Read once, before threads start drivers; what is nightjar's own a driver is told by its options.
_ENVIRONMENT = {key: value for key, value in os.environ.items() if not key.startswith("NIGHTJAR_")}


def begin(module: str, arguments: Sequence[str]) -> Driver:
    """Start it; it is heard by its log."""
    environment = {**_ENVIRONMENT, "PYTHONPATH": os.pathsep.join(filter(None, sys.path))}
    command = [sys.executable, "-m", module, *arguments]
    return Driver(subprocess.Popen(command, stderr=subprocess.PIPE, env=environment))
