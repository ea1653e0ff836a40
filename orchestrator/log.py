"""JSON lines in the shape that Cloud Logging understands: one for each event, its kind under `event`, ids as labels."""

from __future__ import annotations

import contextlib
import dataclasses
import logging
from collections.abc import Iterator, Mapping, Sequence
from datetime import datetime
from typing import TextIO

from orchestrator.core.events import AttemptEvent, Event, Recorded, StepEvent
from orchestrator.core.states import RunView
from orchestrator.core.story import Severity, tell
from orchestrator.ports import Clock, Voice
from steps.kit import contract
from steps.kit.contract import AttemptId, RunId

LABELS = "logging.googleapis.com/labels"


@dataclasses.dataclass(frozen=True, slots=True)
class JsonLines:
    """See `ports.Voice`. With the project's id, Cloud Logging shows the lines of a run, its steps' too, together."""

    stream: TextIO
    clock: Clock
    project: str = ""

    def committed(self, recorded: Sequence[Recorded], view: RunView) -> None:
        """See `ports.Subscriber`."""
        for each in recorded:
            told = tell(each.event, view)
            self._write(
                {
                    "severity": told.severity,
                    "time": _time(each.event.at),
                    "message": f"{told.subject}: {told.text}",
                    "event": each.event.kind,
                    "seq": each.seq,
                    LABELS: _labels(each.run, each.event),
                    **_trace(each.run, each.event, self.project),
                    **_fields(each.event),
                    **({"last_lines": told.lines} if told.lines else {}),
                }
            )

    def tick(self, view: RunView, tasks_done: Mapping[AttemptId, int], now: datetime) -> None:
        """See `ports.Subscriber`: the passing of time is no news."""

    def say(self, severity: Severity, text: str) -> None:
        """See `ports.Voice`."""
        self._write({"severity": severity, "time": _time(self.clock.now()), "message": text})

    def close(self) -> None:
        """See `ports.Voice`."""

    def _write(self, entry: Mapping[str, object]) -> None:
        self.stream.write(contract.log_line(entry) + "\n")
        self.stream.flush()


class VoiceHandler(logging.Handler):
    """Lets what the program itself logs be said by the voice."""

    def __init__(self, voice: Voice) -> None:
        super().__init__()
        self._voice = voice

    def emit(self, record: logging.LogRecord) -> None:
        """Say a record, as an error from ERROR on."""
        severity = Severity.INFO
        if record.levelno >= logging.WARNING:
            severity = Severity.WARNING if record.levelno < logging.ERROR else Severity.ERROR
        try:
            self._voice.say(severity, self.format(record))
        except OSError:
            self.handleError(record)


@contextlib.contextmanager
def said_by(voice: Voice) -> Iterator[None]:
    """Let what the program's modules log be said by the voice."""
    logger, handler = logging.getLogger("orchestrator"), VoiceHandler(voice)
    logger.addHandler(handler)
    try:
        yield
    finally:
        logger.removeHandler(handler)


def _time(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _labels(run: RunId, event: Event) -> dict[str, str]:
    labels = {"run": str(run)}
    match event:
        case AttemptEvent():
            labels |= {"step": event.attempt.step, "attempt": str(event.attempt)}
        case StepEvent():
            labels |= {"step": event.step}
    return labels


def _trace(run: RunId, event: Event, project: str) -> dict[str, str]:
    attempt = str(event.attempt) if isinstance(event, AttemptEvent) else ""
    return contract.trace(str(run), attempt, project=project)


def _fields(event: Event) -> dict[str, object]:
    """The event's own plain fields; what is large stands in the store."""
    fields: dict[str, object] = {}
    for field in dataclasses.fields(event):
        value = getattr(event, field.name)
        if isinstance(value, datetime) and field.name != "at":
            fields[field.name] = _time(value)
        elif isinstance(value, (str, int)) and field.name != "step":
            fields[field.name] = value
    if (failure := getattr(event, "failure", None)) is not None:
        fields |= {"failure": failure.kind, "code": failure.code, "task": failure.task}
    return fields
