"""Leases in an object store: who drives a run, until when by the store's clock.

    leases/RUN/NUMBER.json   a beat: {"driver", "seconds", "beats", "began"}

The beat with the highest number is the lease; it runs out so many seconds after it was written. Whoever takes or keeps
the lease creates the next number, so of two at once one is refused. A driver removes its last beat after the next one,
but never the beat by which a driver took the lease or gave it back: the next number of a driver that was overtaken is
always such a one, so its heartbeat is refused without a look. Who takes a lease may have looked long ago, and the next
number may have come and gone; so it looks once more whether its own beat is the highest.
"""

from __future__ import annotations

import dataclasses
import datetime as dt
import json
from dataclasses import dataclass
from datetime import datetime, timedelta

from orchestrator.core.errors import BrokenLog
from orchestrator.ports import Lease
from orchestrator.stores.bucket import Bucket
from steps.kit.contract import RunId


@dataclass(frozen=True, slots=True, kw_only=True)
class _Beat:
    """`began` is the number by which its driver took the lease; without a driver nobody has it."""

    number: int
    driver: str
    seconds: float
    beats: int
    began: int

    @property
    def lasting(self) -> bool:
        """Whether it is never removed."""
        return self.number == self.began


_NOBODY = _Beat(number=0, driver="", seconds=0, beats=0, began=0)
_LONG_AGO = datetime(1970, 1, 1, tzinfo=dt.UTC)


class ObjectLease:
    """The leases in one bucket, as one process knows them."""

    def __init__(self, bucket: Bucket) -> None:
        self._bucket = bucket
        self._mine: dict[RunId, _Beat] = {}

    def claim(self, run: RunId, driver: str, *, ttl: timedelta) -> Lease:
        """See `ports.Store`."""
        mine = self._mine.get(run)
        if mine is not None and mine.driver == driver and (beat := self._beat(run, mine, ttl)):
            return Lease(driver=driver, beats=beat.beats)
        while True:
            last, written = self._last(run)
            if last.driver not in {"", driver} and not self._over(last, written):
                return Lease(driver=last.driver, beats=last.beats)
            if taken := self._take(run, last, driver, ttl):
                return Lease(driver=driver, beats=taken.beats)

    def release(self, run: RunId, driver: str) -> None:
        """See `ports.Store`. What is left is one small object that says so."""
        self._mine.pop(run, None)
        last, _ = self._last(run)
        if last.driver == driver:
            number = last.number + 1
            free = dataclasses.replace(_NOBODY, number=number, began=number)
            if self._bucket.create(_key(run, number), _encode(free)):
                self._forget(run, last)

    def holder(self, run: RunId) -> str | None:
        """See `ports.Store`. Writes nothing but, if somebody had the lease last, what tells the store's time."""
        last, written = self._last(run)
        return None if not last.driver or self._over(last, written) else last.driver

    def _beat(self, run: RunId, mine: _Beat, ttl: timedelta) -> _Beat | None:
        """The next heartbeat; None when another driver has taken the lease."""
        number = mine.number + 1
        beat = dataclasses.replace(mine, number=number, beats=mine.beats + 1, seconds=ttl.total_seconds())
        if not self._bucket.create(_key(run, number), _encode(beat)):
            del self._mine[run]
            return None
        self._mine[run] = beat
        self._forget(run, mine)
        return beat

    def _take(self, run: RunId, last: _Beat, driver: str, ttl: timedelta) -> _Beat | None:
        """The first beat of a driver; None when somebody else was quicker."""
        number = last.number + 1
        beats = last.beats + 1 if last.driver == driver else 1
        beat = _Beat(number=number, driver=driver, seconds=ttl.total_seconds(), beats=beats, began=number)
        if not self._bucket.create(_key(run, number), _encode(beat)):
            return None
        if max(self._numbers(run)) != number:
            self._bucket.remove(_key(run, number))
            return None
        self._mine[run] = beat
        self._forget(run, last)
        return beat

    def _forget(self, run: RunId, beat: _Beat) -> None:
        if not beat.lasting:
            self._bucket.remove(_key(run, beat.number))

    def _over(self, last: _Beat, written: datetime) -> bool:
        return self._bucket.now() >= written + timedelta(seconds=last.seconds)

    def _last(self, run: RunId) -> tuple[_Beat, datetime]:
        """The highest beat and when it was written."""
        while numbers := self._numbers(run):
            number = max(numbers)
            # It may be gone by now, and then there is a higher one.
            if (body := self._bucket.read(_key(run, number))) is not None:
                return _decode(run, number, body), numbers[number]
        return _NOBODY, _LONG_AGO

    def _numbers(self, run: RunId) -> dict[int, datetime]:
        return {int(name.removesuffix(".json")): at for name, at in self._bucket.objects(_folder(run)).items()}


def _folder(run: RunId) -> str:
    return f"leases/{run}"


def _key(run: RunId, number: int) -> str:
    return f"{_folder(run)}/{number:08}.json"


def _encode(beat: _Beat) -> bytes:
    return json.dumps({name: each for name, each in dataclasses.asdict(beat).items() if name != "number"}).encode()


def _decode(run: RunId, number: int, body: bytes) -> _Beat:
    try:
        return _Beat(number=number, **json.loads(body))
    except (ValueError, TypeError) as err:
        raise BrokenLog(f"{run}: the store holds something that is no lease ({err}): {body[:200]!r}") from err
