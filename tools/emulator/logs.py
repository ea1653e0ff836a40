"""What tasks say, as the entries that Cloud Logging would have: JSON lines on a stream.

Tasks write to files, so nothing is lost while nobody looks; what was added to them is read from time to time. An
entry's `insertId` follows from its place, so that one that is told twice, by an emulator and by its successor, can be
known for the same. A reader that does not read never stops a task: what is too much is dropped, and that is said.
"""

from __future__ import annotations

import contextlib
import datetime as dt
import json
import queue
import threading
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, TextIO

from orchestrator.ports import Clock
from tools.emulator.names import Place
from tools.emulator.programs import Shard

_MOST_WAITING = 100_000
_MOST_LINE = 256 * 1024
"""Cloud Logging cuts longer entries."""
_BLOCK = 1 << 20
_SPECIAL = "logging.googleapis.com/"
_LIFTED = {
    f"{_SPECIAL}trace": "trace",
    f"{_SPECIAL}spanId": "spanId",
    f"{_SPECIAL}trace_sampled": "traceSampled",
    f"{_SPECIAL}insertId": "insertId",
    f"{_SPECIAL}operation": "operation",
    f"{_SPECIAL}sourceLocation": "sourceLocation",
    "httpRequest": "httpRequest",
    "severity": "severity",
}
_TIMES = ("time", "timestamp")


class Sink:
    """Writes lines to a stream in a thread of its own."""

    def __init__(self, stream: TextIO) -> None:
        self._stream = stream
        self._waiting: queue.Queue[str | None] = queue.Queue(_MOST_WAITING)
        self._dropped = 0
        self._thread = threading.Thread(target=self._write, daemon=True, name="logs")
        self._thread.start()

    def put(self, entry: Mapping[str, Any]) -> None:
        """Write an entry soon, or count it as dropped."""
        try:
            self._waiting.put_nowait(json.dumps(entry, ensure_ascii=False))
        except queue.Full:
            self._dropped += 1

    def close(self, seconds: float) -> None:
        """Write what waits, for at most this time."""
        with contextlib.suppress(queue.Full):
            self._waiting.put_nowait(None)
        self._thread.join(seconds)

    def _write(self) -> None:
        while (line := self._waiting.get()) is not None:
            if self._dropped:
                dropped, self._dropped = self._dropped, 0
                warning = {"severity": "WARNING", "textPayload": f"{dropped} entries were dropped: nobody reads them."}
                line = f"{json.dumps(warning)}\n{line}"
            try:
                print(line, file=self._stream, flush=self._waiting.empty())
            except (BrokenPipeError, ValueError):
                return  # The reader has gone; what tasks say is in their files.


@dataclass(slots=True)
class Tail:
    """How far an attempt's stream has been read."""

    shard: Shard
    path: Path
    stream: str
    offset: int = 0

    def read(self, *, last: bool) -> Iterator[tuple[int, str]]:
        """The lines that were added, each with its place; one without an end only at the last time."""
        try:
            with self.path.open("rb") as file:
                file.seek(self.offset)
                while block := file.read(_BLOCK):
                    yield from self._lines(block, last=last)
                    if len(block) < _BLOCK:
                        return
                    file.seek(self.offset)
        except FileNotFoundError:
            return

    def _lines(self, block: bytes, *, last: bool) -> Iterator[tuple[int, str]]:
        *whole, rest = block.split(b"\n")
        if last or len(rest) > _MOST_LINE:
            whole, rest = [*whole, rest], b""
        for line in whole:
            place = self.offset
            self.offset += len(line) + 1
            if line.strip():
                yield place, line[:_MOST_LINE].decode(errors="replace")
        self.offset = min(self.offset, self.path.stat().st_size) if not rest else self.offset


@dataclass(frozen=True, slots=True, kw_only=True)
class Logs:
    """Entries of tasks and of the platform itself."""

    place: Place
    clock: Clock
    sink: Sink

    def tails(self, shard: Shard, directory: Path) -> tuple[Tail, ...]:
        """The streams of an attempt, not yet read."""
        return tuple(Tail(shard, directory / f"task-{shard.index}.{stream}", stream) for stream in ("stdout", "stderr"))

    def forward(self, tails: tuple[Tail, ...], *, last: bool = False) -> None:
        """Tell what was added."""
        now = self.clock.now()
        for tail in tails:
            for place, line in tail.read(last=last):
                entry = self._entry(tail.shard, f"run.googleapis.com%2F{tail.stream}", now)
                entry["insertId"] = f"{tail.shard}/{tail.stream}/{place}"
                self.sink.put(_with_payload(entry, line))

    def system(self, shard: Shard, severity: str, message: str) -> None:
        """An event of the platform."""
        entry = self._entry(shard, "run.googleapis.com%2Fvarlog%2Fsystem", self.clock.now())
        self.sink.put({**entry, "severity": severity, "textPayload": message})

    def _entry(self, shard: Shard, log: str, now: datetime) -> dict[str, Any]:
        return {
            "logName": f"projects/{self.place.project}/logs/{log}",
            "resource": {
                "type": "cloud_run_job",
                "labels": {
                    "project_id": self.place.project,
                    "location": self.place.location,
                    "job_name": shard.job,
                },
            },
            "labels": {
                "run.googleapis.com/execution_name": shard.execution,
                "run.googleapis.com/task_index": str(shard.index),
                "run.googleapis.com/task_attempt": str(shard.attempt),
            },
            "timestamp": _time(now),
            "severity": "DEFAULT",
        }


def _with_payload(entry: dict[str, Any], line: str) -> dict[str, Any]:
    """A line that is a JSON object is structured; its special keys belong to the entry itself."""
    try:
        payload = json.loads(line)
    except ValueError:
        payload = None
    if not isinstance(payload, dict):
        return {**entry, "textPayload": line}
    for key, field in _LIFTED.items():
        if key in payload:
            entry[field] = payload.pop(key)
    labels = payload.pop(f"{_SPECIAL}labels", None)
    if isinstance(labels, dict):
        entry["labels"] = {**labels, **entry["labels"]}
    for key in _TIMES:
        if isinstance(payload.get(key), str):
            entry["timestamp"] = payload.pop(key)
    return {**entry, "jsonPayload": payload}


def _time(time: datetime) -> str:
    return time.astimezone(dt.UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
