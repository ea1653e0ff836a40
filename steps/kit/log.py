"""A step's log: one JSON line an event on standard error, in the shape that Cloud Logging understands.

A message is a constant phrase; values are fields beside it, so that lines can be counted and joined by their message.
A log never decides anything and never raises for a value that it cannot encode.
"""

from __future__ import annotations

import datetime as dt
import logging
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TextIO

from steps.kit import contract

LABELS = "logging.googleapis.com/labels"


def system_time() -> dt.datetime:
    """The present moment in UTC; a log is the only output of a step that may hold it."""
    return dt.datetime.fromtimestamp(time.time(), dt.UTC)


@dataclass(frozen=True, slots=True, kw_only=True)
class Log:
    """Writes lines to `stream`; `labels` say whose they are, `trace` joins them; `plain` is for a terminal."""

    stream: TextIO
    labels: Mapping[str, str]
    trace: Mapping[str, str] = field(default_factory=dict)
    plain: bool = False
    now: Callable[[], dt.datetime] = system_time

    def info(self, message: str, /, **fields: object) -> None:
        """Write what went as it should."""
        self.write("INFO", message, fields)

    def warning(self, message: str, /, **fields: object) -> None:
        """Write what somebody should look at some day."""
        self.write("WARNING", message, fields)

    def failure(self, message: str, /, **fields: object) -> None:
        """Write why the step ends without a result."""
        self.write("ERROR", message, fields)

    def write(self, severity: str, message: str, fields: Mapping[str, object]) -> None:
        """Write one line in one call, so that lines of two threads do not mix."""
        line = _plain(severity, message, fields) if self.plain else self._structured(severity, message, fields)
        self.stream.write(f"{line}\n")
        self.stream.flush()

    def _structured(self, severity: str, message: str, fields: Mapping[str, object]) -> str:
        moment = self.now().isoformat(timespec="milliseconds").replace("+00:00", "Z")
        entry = {"severity": severity, "time": moment, "message": message, LABELS: dict(self.labels), **self.trace}
        return contract.log_line({**entry, **{name: fields[name] for name in fields if name not in entry}})


class LibraryHandler(logging.Handler):
    """Brings the warnings of libraries, which use the logging module, into the step's own log."""

    def __init__(self, log: Log) -> None:
        super().__init__(logging.WARNING)
        self._log = log

    def emit(self, record: logging.LogRecord) -> None:
        """Write the record with the name of the library that made it."""
        self._log.write(record.levelname, record.getMessage(), {"logger": record.name})


def _plain(severity: str, message: str, fields: Mapping[str, object]) -> str:
    values = " ".join(f"{name}={value}" for name, value in fields.items())
    return f"{severity.lower():7} {message}{'  ' if values else ''}{values}"
