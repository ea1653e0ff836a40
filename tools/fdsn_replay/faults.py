"""Faults on demand: what goes wrong with which query, so that tests can see a client through an outage.

A script is a JSON list; each entry spoils the next `times` queries, then the next entry's turn comes, and after the
last all is well:

    [{"fault": "status", "status": 503, "times": 2, "retry_after": 1}, {"fault": "truncate"}, {"fault": "reset"},
     {"fault": "slow", "seconds": 2}, {"fault": "type", "type": "text/html"}, {"fault": "nonsense"}]
"""

from __future__ import annotations

import enum
import json
import pathlib
import threading
from dataclasses import dataclass
from typing import Any, Final


class Kind(enum.StrEnum):
    """What goes wrong."""

    STATUS = "status"
    TRUNCATE = "truncate"
    RESET = "reset"
    SLOW = "slow"
    TYPE = "type"
    NONSENSE = "nonsense"


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One spoiled query."""

    kind: Kind
    status: int = 503
    retry_after: int | None = None
    seconds: float = 0.0
    type: str = "text/html"


_KEYS: Final = {"fault", "times", "status", "retry_after", "seconds", "type"}


class FaultsError(Exception):
    """The script cannot be read; the message says where."""


class Script:
    """Faults still to come; queries of several threads take them one by one."""

    def __init__(self, faults: tuple[Fault, ...] = ()) -> None:
        self._faults = list(faults)
        self._lock = threading.Lock()

    def take(self) -> Fault | None:
        """The next query's fault."""
        with self._lock:
            return self._faults.pop(0) if self._faults else None


def read_script(path: pathlib.Path) -> Script:
    """Read a script. Raises FaultsError that names file and entry."""
    try:
        entries = json.loads(path.read_bytes())
    except (OSError, ValueError) as error:
        raise FaultsError(f"{path}: {error}") from error
    if not isinstance(entries, list):
        raise FaultsError(f"{path} is not a list of faults")
    faults: list[Fault] = []
    for number, entry in enumerate(entries, start=1):
        try:
            faults += _faults(entry)
        except (KeyError, TypeError, ValueError) as error:
            raise FaultsError(f"{path}, entry {number}: {type(error).__name__}: {error}") from error
    return Script(tuple(faults))


def _faults(entry: dict[str, Any]) -> list[Fault]:
    unknown = set(entry) - _KEYS
    if unknown:
        raise ValueError(f"unknown keys {sorted(unknown)}, known are {sorted(_KEYS)}")
    rest = {name: value for name, value in entry.items() if name not in {"fault", "times"}}
    return [Fault(kind=Kind(entry["fault"]), **rest)] * int(entry.get("times", 1))
