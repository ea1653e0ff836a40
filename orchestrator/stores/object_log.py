"""The event logs in an object store.

    runs/MONTH/RUN/SEQ.jsonl         a batch: the events of one append, SEQ is the number of its first
    runs/MONTH/RUN/SEQ.whole.jsonl   every event up to the number SEQ, at which the run was finished

Each is a line about itself and a line an event. An append creates the batch that begins where the log ends. That is
compare-and-set if, and only if, the log did end there once: whatever was appended since has begun with the very same
object. So a place counts as an end only when this process has read or written up to it. No batch is ever removed, or a
late writer could create it a second time; whole logs only save reading.
"""

from __future__ import annotations

import json
import logging
from collections.abc import Iterator, Sequence
from datetime import date

from orchestrator.core.errors import BrokenLog, Conflict, Unavailable
from orchestrator.core.events import Event, Finished, Recorded
from orchestrator.stores import codec
from orchestrator.stores.bucket import Bucket
from orchestrator.stores.writer import Writer
from steps.kit.contract import RunId

_LOG = logging.getLogger(__name__)
_FORMAT = 1
_BATCH = ".jsonl"
_WHOLE = ".whole.jsonl"
_RUNS = "runs"


class ObjectLog:
    """The logs in one bucket, as one process knows them."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._writer = Writer()
        self._ends: dict[RunId, int] = {}
        """For each run a place at which its log ended once; it ends there still, or something begins right after it."""

    def append(self, run: RunId, expected: int, events: Sequence[Event]) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        if expected not in {0, self._ends.get(run)} and expected != (actual := self._end(run)):
            raise Conflict.at(run, expected=expected, actual=actual)
        recorded = tuple(Recorded(run=run, seq=expected + n, event=event) for n, event in enumerate(events, 1))
        if not self._bucket.create(_key(run, expected + 1, _BATCH), _encode(recorded, name=self._writer.next())):
            raise Conflict.at(run, expected=expected, actual=self._end(run))
        self._ends[run] = expected + len(recorded)
        if any(isinstance(event, Finished) for event in events):
            self._keep_whole(run)
        return recorded

    def read(self, run: RunId, after: int = 0) -> tuple[Recorded, ...]:
        """See `ports.Store`."""
        known = after > 0 and after == self._ends.get(run)
        if known and self._bucket.read(_key(run, after + 1, _BATCH)) is None:
            return ()
        recorded = tuple(self._walk(run, after + 1 if known else 1))
        if recorded:
            self._ends[run] = recorded[-1].seq
        return tuple(each for each in recorded if each.seq > after)

    def runs(self, pipeline: str | None, *, day: date | None, limit: int) -> tuple[RunId, ...]:
        """See `ports.Store`. Months are listed one by one, the latest first, until there are enough runs."""
        months = [_month(day)] if day else sorted(self._bucket.folders(_RUNS), reverse=True)
        found: list[RunId] = []
        for month in months:
            if len(found) >= limit:
                break
            runs = [_parse(name) for name in self._bucket.folders(f"{_RUNS}/{month}")]
            runs.sort(key=lambda run: run.pipeline)
            runs.sort(key=lambda run: (run.logical_date, run.generation), reverse=True)
            found += [run for run in runs if pipeline in {None, run.pipeline} and day in {None, run.logical_date}]
        return tuple(found[:limit])

    def _end(self, run: RunId) -> int:
        """Where the log ends."""
        recorded = self.read(run)
        return recorded[-1].seq if recorded else 0

    def _walk(self, run: RunId, begin: int) -> Iterator[Recorded]:
        """The events from a number on, which begins a batch: a whole log if there is one, then the batches after it."""
        batches, wholes = self._listed(run)
        if (whole := max(wholes, default=0)) >= begin:
            yield from _decode(run, 1, self._bucket.read(_key(run, whole, _WHOLE)))
            begin = whole + 1
        later = [first for first in batches if first >= begin]
        bodies = dict(zip(later, self._bucket.read_all([_key(run, first, _BATCH) for first in later]), strict=True))
        while begin <= max(later, default=0):
            # What is not listed although something after it is was created while the list was made.
            body = bodies.get(begin) or self._bucket.read(_key(run, begin, _BATCH))
            for recorded in _decode(run, begin, body):
                yield recorded
                begin = recorded.seq + 1

    def _listed(self, run: RunId) -> tuple[list[int], list[int]]:
        """The numbers of the batches and of the whole logs."""
        names = self._bucket.objects(_folder(run))
        wholes = [int(name.removesuffix(_WHOLE)) for name in names if name.endswith(_WHOLE)]
        batches = [int(name.removesuffix(_BATCH)) for name in names if not name.endswith(_WHOLE)]
        return batches, wholes

    def _keep_whole(self, run: RunId) -> None:
        """Write the whole log in one object, so that it is read in one go. Without it nothing is lost but time."""
        try:
            recorded = self.read(run)
            self._bucket.create(_key(run, recorded[-1].seq, _WHOLE), _encode(recorded, name=self._writer.next()))
        except Unavailable as err:
            _LOG.warning("%s: its whole log could not be written and is read batch by batch: %s", run, err)


def _encode(recorded: Sequence[Recorded], *, name: str) -> bytes:
    about = {"format": _FORMAT, "first": recorded[0].seq, "events": len(recorded), "batch": name}
    lines = [json.dumps(about, separators=(",", ":")), *(codec.encode(each.event) for each in recorded)]
    return "".join(f"{line}\n" for line in lines).encode()


def _decode(run: RunId, first: int, body: bytes | None) -> Iterator[Recorded]:
    """The events of an object that should begin with this number."""
    if body is None:
        raise BrokenLog(f"{run}: the log goes on after event {first}, and the object with that event is not there")
    head, *lines = body.decode(errors="replace").split("\n")[:-1] or [""]
    about = _about(run, head)
    if about.get("format") != _FORMAT:
        raise BrokenLog(f"{run}: the events from {first} on were written by a newer nightjar: use that one")
    if (about.get("first"), about.get("events")) != (first, len(lines)):
        raise BrokenLog(f"{run}: the object with event {first} is damaged: it says of itself {head[:200]}")
    for seq, line in enumerate(lines, first):
        yield Recorded(run=run, seq=seq, event=codec.decode(line))


def _about(run: RunId, head: str) -> dict[str, object]:
    try:
        about = json.loads(head)
    except ValueError as err:
        raise BrokenLog(f"{run}: the store holds something that is no batch of events: {head[:200]!r}") from err
    return about if isinstance(about, dict) else {}


def _folder(run: RunId) -> str:
    return f"{_RUNS}/{_month(run.logical_date)}/{run}"


def _key(run: RunId, seq: int, kind: str) -> str:
    return f"{_folder(run)}/{seq:08}{kind}"


def _month(day: date) -> str:
    return day.isoformat()[:7]


def _parse(name: str) -> RunId:
    try:
        return RunId.parse(name)
    except ValueError as err:
        raise BrokenLog(f"something lies among the runs that is none: {err}; move it elsewhere") from err
